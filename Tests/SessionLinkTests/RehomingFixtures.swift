@testable import SessionLink

/// A payload of the kinds for sessions that move, that outlives its buffer.
enum SeenRehoming: Equatable {
    struct Home: Equatable {
        var incarnation: UInt64
        var node: [UInt8]
    }

    struct Adopt: Equatable {
        var epoch: UInt64
        var session: SessionID
        var generation: UInt32
        var flags: LinkAdopt.Flags
        var last: LinkPosition
        var nextNumber: UInt64
        var brought: UInt32
        var user: [UInt8]
        var home: Home?
        var state: [UInt8]?
    }

    case adopt(Adopt)
    case kept(LinkPosition, sender: SessionID, n: UInt64, body: [UInt8])
    case again(n: UInt64, isAgain: Bool, isText: Bool, body: [UInt8])
    case position(LinkKind, LinkPosition)
    case detach(LinkDetach)
    case taken(LinkTaken)
    case home(LinkHome)
    case released(epoch: UInt64, state: [UInt8]?)
    case superseded
    case attachDone(LinkAttachDone)
    case reliable(
        correlation: UInt64, epoch: UInt64, sender: SessionID, n: UInt64, isAgain: Bool, from: [UInt8], to: [UInt8],
        data: [UInt8])
    case reliableResult(LinkReliableResult)
    case fetch(session: SessionID, incarnation: UInt64, generation: UInt32, epoch: UInt64, user: [UInt8])
    case fetched(session: SessionID, generation: UInt32, kept: UInt32?, state: [UInt8]?)

    init(_ frame: LinkFrame) throws(LinkError) {
        switch frame.kind {
        case .adopt:
            let adopt = try LinkAdopt(frame)
            self = .adopt(
                Adopt(
                    epoch: adopt.epoch, session: adopt.session, generation: adopt.generation, flags: adopt.flags,
                    last: adopt.last, nextNumber: adopt.nextNumber, brought: adopt.brought, user: Array(adopt.user),
                    home: adopt.home.map { Home(incarnation: $0.incarnation, node: Array($0.node)) },
                    state: adopt.state.map { Array($0) }))
        case .kept:
            let kept = try LinkKept(frame.payload)
            self = .kept(kept.position, sender: kept.sender, n: kept.n, body: Array(kept.body))
        case .again:
            let again = try LinkAgain(frame.payload)
            self = .again(n: again.n, isAgain: again.isAgain, isText: again.isText, body: Array(again.body))
        case .stored: self = .position(.stored, try LinkStored(frame).position)
        case .received: self = .position(.received, try LinkReceived(frame).position)
        case .duplicate: self = .position(.duplicate, try LinkDuplicate(frame).position)
        case .declined: self = .position(.declined, try LinkDeclined(frame).position)
        case .detach: self = .detach(try LinkDetach(frame))
        case .taken: self = .taken(try LinkTaken(frame))
        case .home: self = .home(try LinkHome(frame))
        case .released:
            let released = try LinkReleased(frame)
            self = .released(epoch: released.epoch, state: released.state.map { Array($0) })
        case .superseded:
            _ = try LinkSuperseded(frame)
            self = .superseded
        case .attachDone: self = .attachDone(try LinkAttachDone(frame))
        case .reliable:
            let message = try LinkReliable(frame)
            self = .reliable(
                correlation: message.correlation, epoch: message.epoch, sender: message.sender, n: message.n,
                isAgain: message.isAgain, from: Array(message.from), to: Array(message.to), data: Array(message.data))
        case .reliableResult: self = .reliableResult(try LinkReliableResult(frame))
        case .fetch:
            let fetch = try LinkFetch(frame)
            self = .fetch(
                session: fetch.session, incarnation: fetch.incarnation, generation: fetch.generation,
                epoch: fetch.epoch, user: Array(fetch.user))
        case .fetched:
            let fetched = try LinkFetched(frame)
            switch fetched.content {
            case .unknown:
                self = .fetched(session: fetched.session, generation: fetched.generation, kept: nil, state: nil)
            case .known(let kept, let state):
                self = .fetched(
                    session: fetched.session, generation: fetched.generation, kept: kept, state: state.map { Array($0) }
                )
            }
        default: throw .unexpectedKind(expected: .adopt, got: frame.kind)
        }
    }

    func frame(leg: LegID) -> [UInt8] {
        switch self {
        case .adopt(let adopt): adopt.frame(leg: leg)
        case .kept(let position, let sender, let n, let body):
            body.withUnsafeBytes { LinkKept(position: position, sender: sender, n: n, body: $0).frames(leg: leg) }
        case .again(let n, let isAgain, let isText, let body):
            body.withUnsafeBytes { LinkAgain(n: n, isAgain: isAgain, isText: isText, body: $0).frames(leg: leg) }
        case .position(.stored, let position): LinkStored(position).frame(leg: leg)
        case .position(.received, let position): LinkReceived(position).frame(leg: leg)
        case .position(.duplicate, let position): LinkDuplicate(position).frame(leg: leg)
        case .position(_, let position): LinkDeclined(position).frame(leg: leg)
        case .detach(let payload): payload.frame(leg: leg)
        case .taken(let payload): payload.frame(leg: leg)
        case .home(let payload): payload.frame(leg: leg)
        case .released(let epoch, let state): lend(state) { LinkReleased(epoch: epoch, state: $0).frame(leg: leg) }
        case .superseded: LinkSuperseded().frame(leg: leg)
        case .attachDone(let payload): payload.frame(leg: leg)
        case .reliable(let correlation, let epoch, let sender, let n, let isAgain, let from, let to, let data):
            from.withUnsafeBytes { from in
                to.withUnsafeBytes { to in
                    data.withUnsafeBytes { data in
                        LinkReliable(
                            correlation: correlation, epoch: epoch, sender: sender, n: n, isAgain: isAgain, from: from,
                            to: to, data: data
                        ).frame(leg: leg)
                    }
                }
            }
        case .reliableResult(let payload): payload.frame(leg: leg)
        case .fetch(let session, let incarnation, let generation, let epoch, let user):
            user.withUnsafeBytes { user in
                LinkFetch(session: session, incarnation: incarnation, generation: generation, epoch: epoch, user: user)
                    .frame(leg: leg)
            }
        case .fetched(let session, let generation, nil, _):
            LinkFetched(session: session, generation: generation, content: .unknown).frame(leg: leg)
        case .fetched(let session, let generation, let kept?, let state):
            lend(state) {
                LinkFetched(session: session, generation: generation, content: .known(kept: kept, state: $0)).frame(
                    leg: leg)
            }
        }
    }
}

extension SeenRehoming.Adopt {
    func frame(leg: LegID) -> [UInt8] {
        user.withUnsafeBytes { user in
            lend(home?.node) { node in
                lend(state) { state in
                    LinkAdopt(
                        epoch: epoch, session: session, generation: generation, flags: flags, last: last,
                        nextNumber: nextNumber, brought: brought, user: user,
                        home: home.flatMap { home in
                            node.map { LinkAdopt.Home(incarnation: home.incarnation, node: $0) }
                        }, state: state
                    ).frame(leg: leg)
                }
            }
        }
    }
}

/// Lends bytes that may not be there.
func lend<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
    guard let bytes else { return body(nil) }
    return bytes.withUnsafeBytes { body($0) }
}

extension SeenRehoming {
    static func random(_ kind: LinkKind, _ generator: inout SeededGenerator) -> SeenRehoming {
        func bytes(_ most: Int) -> [UInt8] { generator.bytes(Int.random(in: 0...most, using: &generator)) }
        func number() -> UInt64 { generator.next() }
        func counter() -> UInt64 { .random(in: 0...LinkNumber.max, using: &generator) }
        func small() -> UInt32 { UInt32(truncatingIfNeeded: number()) }
        func isTrue() -> Bool { .random(using: &generator) }
        func session() -> SessionID { SessionID(first: number(), second: number()) }
        func position() -> LinkPosition { LinkPosition(epoch: counter(), k: counter()) }
        switch kind {
        case .adopt:
            return .adopt(
                Adopt(
                    epoch: counter(), session: session(), generation: small(),
                    flags: LinkAdopt.Flags(rawValue: UInt8.random(in: 0...15, using: &generator)), last: position(),
                    nextNumber: counter(), brought: small(), user: bytes(100),
                    home: isTrue() ? Home(incarnation: number(), node: bytes(30)) : nil,
                    state: isTrue() ? bytes(200) : nil))
        case .kept: return .kept(position(), sender: session(), n: counter(), body: bytes(500))
        case .again: return .again(n: counter(), isAgain: isTrue(), isText: isTrue(), body: bytes(500))
        case .detach: return .detach(LinkDetach(epoch: counter()))
        case .taken:
            var ranges: [LinkTaken.Range] = []
            let through = UInt64.random(in: 0...1 << 50, using: &generator)
            var next = through + 1
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                let count = UInt32.random(in: 1...100, using: &generator)
                next += UInt64.random(in: 1...1000, using: &generator)
                ranges.append(LinkTaken.Range(first: next, count: count))
                next += UInt64(count)
            }
            return .taken(LinkTaken(through: through, ranges: ranges))
        case .home: return .home(LinkHome(position: position(), incarnation: number(), node: "nöde-\(number())"))
        case .released: return .released(epoch: counter(), state: isTrue() ? bytes(200) : nil)
        case .superseded: return .superseded
        case .attachDone: return .attachDone(LinkAttachDone(epoch: counter()))
        case .reliable:
            return .reliable(
                correlation: number(), epoch: counter(), sender: session(), n: counter(), isAgain: isTrue(),
                from: bytes(100), to: bytes(100), data: bytes(1000))
        case .reliableResult:
            let status = LinkReliableResult.Status.allCases.randomElement(using: &generator) ?? .moved
            return .reliableResult(
                LinkReliableResult(correlation: number(), status: status, epoch: counter(), neededEpoch: counter()))
        case .fetch:
            return .fetch(
                session: session(), incarnation: number(), generation: small(), epoch: counter(), user: bytes(100))
        case .fetched:
            let kept = isTrue() ? small() : nil
            return .fetched(
                session: session(), generation: small(), kept: kept, state: kept != nil && isTrue() ? bytes(200) : nil)
        default: return .position(kind, position())
        }
    }
}
