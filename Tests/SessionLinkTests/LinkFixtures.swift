@testable import SessionLink

/// A frame's payload that outlives its buffer.
enum Seen: Equatable {
    case hello(LinkHello)
    case helloAnswer(LinkHelloAnswer)
    case attach(epoch: UInt64, session: SessionID, user: [UInt8], peer: [UInt8], subprotocol: [UInt8], target: [UInt8])
    case attached(LinkAttached)
    case moved(LinkMoved)
    case refused(LinkRefused)
    case message(LinkKind, [UInt8])
    case credit(LinkCredit)
    case close(LinkClose)
    case ping(LinkPing)
    case pong(LinkPong)
    case forward(correlation: UInt64, epoch: UInt64, deliveryClass: UInt8, from: [UInt8], to: [UInt8], data: [UInt8])
    case forwardResult(LinkForwardResult)
    case ringHint(LinkRingHint)
    case challenge(LinkChallenge)
    case proof(LinkCallerProof)
    case rehoming(SeenRehoming)

    init(_ frame: LinkFrame) throws(LinkError) {
        switch frame.kind {
        case .hello: self = .hello(try LinkHello(frame))
        case .helloAnswer: self = .helloAnswer(try LinkHelloAnswer(frame))
        case .attach:
            let attach = try LinkAttach(frame)
            self = .attach(
                epoch: attach.epoch, session: attach.session, user: Array(attach.user), peer: Array(attach.peer),
                subprotocol: Array(attach.subprotocol), target: Array(attach.target))
        case .attached: self = .attached(try LinkAttached(frame))
        case .moved: self = .moved(try LinkMoved(frame))
        case .refused: self = .refused(try LinkRefused(frame))
        case .text, .binary: self = .message(frame.kind, Array(frame.payload))
        case .credit: self = .credit(try LinkCredit(frame))
        case .close: self = .close(try LinkClose(frame))
        case .ping: self = .ping(try LinkPing(frame))
        case .pong: self = .pong(try LinkPong(frame))
        case .forward:
            let forward = try LinkForward(frame)
            self = .forward(
                correlation: forward.correlation, epoch: forward.epoch, deliveryClass: forward.deliveryClass,
                from: Array(forward.from), to: Array(forward.to), data: Array(forward.data))
        case .forwardResult: self = .forwardResult(try LinkForwardResult(frame))
        case .ringHint: self = .ringHint(try LinkRingHint(frame))
        case .challenge: self = .challenge(try LinkChallenge(frame))
        case .proof: self = .proof(try LinkCallerProof(frame))
        case .adopt, .kept, .again, .stored, .received, .duplicate, .declined, .detach, .taken, .home, .released,
            .superseded, .attachDone, .reliable, .reliableResult, .fetch, .fetched:
            self = .rehoming(try SeenRehoming(frame))
        }
    }

    func frame(leg: LegID) -> [UInt8] {
        switch self {
        case .hello(let payload): payload.frame(leg: leg)
        case .helloAnswer(let payload): payload.frame(leg: leg)
        case .attach(let epoch, let session, let user, let peer, let subprotocol, let target):
            LinkAttach.frame(
                leg: leg, epoch: epoch, session: session, user: user, peer: String(decoding: peer, as: UTF8.self),
                subprotocol: String(decoding: subprotocol, as: UTF8.self),
                target: String(decoding: target, as: UTF8.self))
        case .attached(let payload): payload.frame(leg: leg)
        case .moved(let payload): payload.frame(leg: leg)
        case .refused(let payload): payload.frame(leg: leg)
        case .message(let kind, let payload): messageFrame(kind, leg: leg, payload)
        case .credit(let payload): payload.frame(leg: leg)
        case .close(let payload): payload.frame(leg: leg)
        case .ping(let payload): payload.frame(leg: leg)
        case .pong(let payload): payload.frame(leg: leg)
        case .forward(let correlation, let epoch, let deliveryClass, let from, let to, let data):
            from.withUnsafeBytes { from in
                to.withUnsafeBytes { to in
                    data.withUnsafeBytes { data in
                        LinkForward(
                            correlation: correlation, epoch: epoch, deliveryClass: deliveryClass, from: from, to: to,
                            data: data
                        ).frame(leg: leg)
                    }
                }
            }
        case .forwardResult(let payload): payload.frame(leg: leg)
        case .ringHint(let payload): payload.frame(leg: leg)
        case .challenge(let payload): payload.frame(leg: leg)
        case .proof(let payload): payload.frame(leg: leg)
        case .rehoming(let seen): seen.frame(leg: leg)
        }
    }
}

func messageFrame(_ kind: LinkKind, leg: LegID, _ payload: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: LinkFrame.count(payloadCount: payload.count))
    let count = bytes.withUnsafeMutableBytes { bytes in
        payload.withUnsafeBytes { LinkFrame.writeMessage(kind, leg: leg, $0, into: bytes) }
    }
    return Array(bytes[..<count])
}

/// What came out of some bytes, which leg it was for, and how it ended.
struct Reading: Equatable {
    var seen: [Seen] = []
    var legs: [LegID] = []
    var error: LinkError?
    var left = 0
}

/// Feeds `parts` one after the other; what was not used up comes again in front of the next.
func read(_ parts: [[UInt8]]) -> Reading {
    var reading = Reading()
    var unread: [UInt8] = []
    do throws(LinkError) {
        for part in parts {
            unread += part
            var offset = 0
            try take(unread, &offset, &reading)
            unread.removeFirst(offset)
        }
        reading.left = unread.count
    } catch {
        reading.error = error
    }
    return reading
}

private func take(_ bytes: [UInt8], _ offset: inout Int, _ reading: inout Reading) throws(LinkError) {
    let result = bytes.withUnsafeBytes { bytes -> Result<Void, LinkError> in
        do throws(LinkError) {
            while let frame = try LinkFrame.next(bytes, offset: &offset) {
                reading.seen.append(try Seen(frame))
                reading.legs.append(frame.leg)
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }
    try result.get()
}

extension Seen {
    static func random(_ generator: inout SeededGenerator) -> Seen {
        func text(_ most: Int) -> String {
            let letters = ["a", "ü", "€", "𝄞", "-"]
            return (0..<Int.random(in: 0...most, using: &generator)).reduce(into: "") { text, _ in
                text += letters.randomElement(using: &generator) ?? ""
            }
        }
        func bytes(_ most: Int) -> [UInt8] { generator.bytes(Int.random(in: 0...most, using: &generator)) }
        func number() -> UInt64 { generator.next() }
        let kind = LinkKind.allCases.randomElement(using: &generator) ?? .ping
        switch kind {
        case .hello:
            return .hello(
                LinkHello(
                    role: LinkHello.Role.allCases.randomElement(using: &generator) ?? .node, service: text(20),
                    sender: text(30), target: text(30), targetLoop: UInt16(truncatingIfNeeded: number()),
                    epoch: number(), asksForProof: Bool.random(using: &generator)))
        case .helloAnswer:
            if Bool.random(using: &generator) {
                return .helloAnswer(
                    .accepted(
                        node: text(30), incarnation: number(), loops: UInt16(truncatingIfNeeded: number()),
                        epoch: number(), proof: Bool.random(using: &generator) ? anyProof(&generator) : nil))
            }
            let refusal = LinkHelloAnswer.Refusal.allCases.randomElement(using: &generator) ?? .node
            return .helloAnswer(.refused(refusal, message: text(50)))
        case .attach:
            return .attach(
                epoch: number(), session: SessionID(first: number(), second: number()), user: bytes(100),
                peer: Array(text(20).utf8), subprotocol: Array(text(20).utf8), target: Array(text(200).utf8))
        case .attached: return .attached(LinkAttached(credit: UInt32(truncatingIfNeeded: number())))
        case .moved: return .moved(LinkMoved(epoch: number()))
        case .refused:
            return .refused(LinkRefused(status: UInt16(truncatingIfNeeded: number()), reason: text(80)))
        case .text: return .message(.text, bytes(500))
        case .binary: return .message(.binary, bytes(500))
        case .credit: return .credit(LinkCredit(bytes: UInt32(truncatingIfNeeded: number())))
        case .close: return .close(LinkClose(code: UInt16(truncatingIfNeeded: number()), reason: text(40)))
        case .ping: return .ping(LinkPing(stamp: number()))
        case .pong: return .pong(LinkPong(stamp: number()))
        case .forward:
            return .forward(
                correlation: number(), epoch: number(), deliveryClass: UInt8(truncatingIfNeeded: number()),
                from: bytes(100), to: bytes(100), data: bytes(1000))
        case .forwardResult:
            let status = LinkForwardResult.Status.allCases.randomElement(using: &generator) ?? .moved
            return .forwardResult(LinkForwardResult(correlation: number(), status: status, epoch: number()))
        case .ringHint: return .ringHint(LinkRingHint(epoch: number()))
        case .challenge: return .challenge(LinkChallenge(nonce: .random(), proof: anyProof(&generator)))
        case .proof: return .proof(LinkCallerProof(anyProof(&generator)))
        case .adopt, .kept, .again, .stored, .received, .duplicate, .declined, .detach, .taken, .home, .released,
            .superseded, .attachDone, .reliable, .reliableResult, .fetch, .fetched:
            return .rehoming(.random(kind, &generator))
        }
    }
}

/// Any proof.
func anyProof(_ generator: inout SeededGenerator) -> LinkProof {
    LinkProof(generator.bytes(LinkProof.count))
        ?? LinkProof(
            .node, secret: [], caller: .random(), node: .random(), hello: [])
}

extension [UInt8] {
    /// Lends the one frame in these bytes.
    func withFrame<Answer>(_ body: (LinkFrame) throws -> Answer) throws -> Answer {
        try withUnsafeBytes { bytes in
            var offset = 0
            guard let frame = try LinkFrame.next(bytes, offset: &offset) else { throw LinkError.truncated(.hello) }
            return try body(frame)
        }
    }

    func link<Payload: LinkPayload>(_: Payload.Type) throws -> Payload { try withFrame { try Payload($0) } }
}

extension CallerHandshake {
    mutating func take(_ bytes: [UInt8]) throws -> Step { try bytes.withFrame { try take($0) } }
}

extension NodeHandshake {
    mutating func take(_ bytes: [UInt8]) throws -> Step { try bytes.withFrame { try take($0) } }
}
