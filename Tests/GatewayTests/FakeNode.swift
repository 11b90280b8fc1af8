import ClusterModel
import HashRing
import Reactor
import SessionLink
import TestClients

/// A node's link port as a gateway sees it; what it answers to an attach is the test's.
final class FakeNode: SocketHandler {
    enum Answer: Sendable {
        case attach, nothing, drop
        /// Not even the hello is answered.
        case mute
        case moved(UInt64)
        case refuse(UInt16, String)
    }

    /// What other threads see and change.
    final class State: Sendable {
        let journal = Journal<String>()
        private let current = Locked(Answer.attach)
        private let asked = Locked<[@Sendable (LegID) -> [UInt8]]>([])
        private let greets = Locked<[@Sendable (LegID) -> [UInt8]]>([])
        /// The sessions that were given with an adopt.
        let adopted = Journal<SessionID>()
        private let shared = Locked(LinkSecrets.none)
        var secrets: LinkSecrets {
            get { shared.withLock { $0 } }
            set { shared.withLock { $0 = newValue } }
        }
        var answer: Answer {
            get { current.withLock { $0 } }
            set { current.withLock { $0 = newValue } }
        }
        /// What an adopt is answered with; made for its leg.
        var greeting: [@Sendable (LegID) -> [UInt8]] {
            get { greets.withLock { $0 } }
            set { greets.withLock { $0 = newValue } }
        }
        /// What a client's `frames` is answered with; made for its leg.
        var frames: [@Sendable (LegID) -> [UInt8]] {
            get { asked.withLock { $0 } }
            set { asked.withLock { $0 = newValue } }
        }
    }

    let state: State
    /// Chunks of messages that are not complete.
    private var parts: [SocketID: [LegID: [UInt8]]] = [:]
    private var handshakes: [SocketID: NodeHandshake] = [:]

    init(_ state: State) { self.state = state }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        parts[socket] = nil
        handshakes[socket] = nil
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        var offset = 0
        do {
            while let frame = try LinkFrame.next(UnsafeRawBufferPointer(bytes), offset: &offset) {
                try handle(frame, socket, loop)
            }
        } catch {
            state.journal.add("error \(error)")
            loop.abort(socket)
        }
        return offset
    }

    private func handle(_ frame: LinkFrame, _ socket: SocketID, _ loop: EventLoop) throws {
        switch frame.kind {
        case .hello, .proof: try greet(frame, socket, loop)
        case .attach:
            let attach = try LinkAttach(frame)
            // Before the note: who reads the note may change the answer for the next one.
            let answer = state.answer
            state.journal.add("attach \(String(decoding: attach.user, as: UTF8.self)) \(attach.epoch)")
            reply(answer, frame.leg, socket, loop)
        case .adopt:
            let adopt = try LinkAdopt(frame)
            let name = String(decoding: adopt.user, as: UTF8.self)
            state.journal.add(
                "adopt \(name) \(adopt.generation) \(adopt.flags.rawValue) \(adopt.last.epoch)-\(adopt.last.k)")
            state.adopted.add(adopt.session)
            for words in state.greeting { loop.write(words(frame.leg), to: socket) }
        case .received:
            let position = try LinkReceived(frame).position
            state.journal.add("received \(position.epoch)-\(position.k)")
        case .text, .binary: message(frame, socket, loop)
        case .credit: state.journal.add("credit \(try LinkCredit(frame).bytes)")
        case .close: state.journal.add("close \(try LinkClose(frame).code)")
        default: break
        }
    }

    private func greet(_ frame: LinkFrame, _ socket: SocketID, _ loop: EventLoop) throws {
        var handshake = handshakes[socket] ?? NodeHandshake(secrets: state.secrets, loop: 0, loops: 1)
        let step = try handshake.take(frame)
        handshakes[socket] = handshake
        switch step {
        case .challenge(let challenge): loop.write(challenge.frame(), to: socket)
        case .refuse(let refusal, let message):
            state.journal.add("refused \(refusal)")
            loop.write(LinkHelloAnswer.refused(refusal, message: message).frame(), to: socket)
        case .proven(let hello):
            state.journal.add("hello \(hello.sender) \(hello.service) \(hello.target) \(hello.targetLoop)")
            if case .mute = state.answer { return }
            let answer = LinkHelloAnswer.accepted(node: hello.target, incarnation: 1, loops: 1, epoch: 1)
            loop.write(answer.frame(), to: socket)
        case .elsewhere: break
        }
    }

    private func reply(_ answer: Answer, _ leg: LegID, _ socket: SocketID, _ loop: EventLoop) {
        switch answer {
        case .attach: loop.write(LinkAttached().frame(leg: leg), to: socket)
        case .moved(let epoch): loop.write(LinkMoved(epoch: epoch).frame(leg: leg), to: socket)
        case .refuse(let status, let reason):
            loop.write(LinkRefused(status: status, reason: reason).frame(leg: leg), to: socket)
        case .drop: loop.abort(socket)
        case .nothing, .mute: break
        }
    }

    /// Puts chunks together, and gives credit for them unless the message says otherwise.
    private func message(_ frame: LinkFrame, _ socket: SocketID, _ loop: EventLoop) {
        let before = parts[socket]?[frame.leg]
        let whole = (before ?? []) + frame.payload
        let isChunk = frame.header.hasMore || before != nil
        parts[socket, default: [:]][frame.leg] = frame.header.hasMore ? whole : nil
        if isChunk, !whole.starts(with: "swallow".utf8) {
            let cost = UInt32(Credit.cost(payloadCount: frame.payload.count))
            loop.write(LinkCredit(bytes: cost).frame(leg: frame.leg), to: socket)
        }
        if !frame.header.hasMore { answer(whole, frame.kind, frame.leg, socket, loop) }
    }

    /// `close` closes the session, `flood` sends until the credit is used up, `swallow` never gives credit back, `frames` sends
    /// the frames that the test asks for, `vanish` these and then nothing ever again; the rest is echoed.
    private func answer(_ message: [UInt8], _ kind: LinkKind, _ leg: LegID, _ socket: SocketID, _ loop: EventLoop) {
        switch String(decoding: message.prefix(64), as: UTF8.self) {
        case "close": loop.write(LinkClose(code: 4001, reason: "epoch=9").frame(leg: leg), to: socket)
        case "flood":
            let payload = [UInt8](repeating: 120, count: 32 << 10)
            var credit = SendCredit()
            while credit.maySend {
                credit.sent(payloadCount: payload.count)
                echo(payload, .text, leg, socket, loop)
            }
            state.journal.add("flooded")
        case "frames": for frame in state.frames { loop.write(frame(leg), to: socket) }
        case "vanish":
            for frame in state.frames { loop.write(frame(leg), to: socket) }
            loop.close(socket)
        case let text where text.hasPrefix("swallow"): state.journal.add("swallowed")
        case let text:
            state.journal.add(message.count <= 64 ? text : "\(message.count) bytes")
            echo(message, kind, leg, socket, loop)
        }
    }

    private func echo(_ payload: [UInt8], _ kind: LinkKind, _ leg: LegID, _ socket: SocketID, _ loop: EventLoop) {
        let count = LinkChunk.frameCount(messageCount: payload.count)
        loop.setQueueBound(4 << 20, on: socket)
        guard let room = loop.reserve(count, on: socket) else { return }
        payload.withUnsafeBytes { _ = LinkChunk.writeAll(kind, leg: leg, $0, into: room) }
        loop.commit(count, on: socket)
    }
}
