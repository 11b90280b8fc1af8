import Reactor
import SessionLink

/// A link port that answers hellos as a test tells it to.
final class FakeNode: Sendable {
    /// What comes back on a hello.
    enum Manner: Sendable {
        case accept(node: String, incarnation: UInt64)
        case refuse(LinkHelloAnswer.Refusal)
        /// Takes the connection and says nothing.
        case silent
        /// Answers something that is not a link frame.
        case other([UInt8])
        /// Takes the connection and ends it.
        case hangUp
    }

    /// Where it listens: `127.0.0.1:41234`.
    let address: String
    private let group: LoopGroup
    private let state: State

    private final class State: Sendable {
        let manner: Locked<Manner>
        let hellos = Locked<[LinkHello]>([])
        init(_ manner: Manner) { self.manner = Locked(manner) }
    }

    init(_ manner: Manner) async throws {
        let state = State(manner)
        let group = LoopGroup(count: 1, name: "fake")
        let bound: Result<SocketAddress, ReactorError> = try await group.loops[0].run { loop in
            let handler = loop.register(Handler(state))
            do throws(ReactorError) {
                return .success(try loop.listen(on: SocketAddress(host: "127.0.0.1", port: 0), handler: handler))
            } catch {
                return .failure(error)
            }
        }
        self.state = state
        self.group = group
        address = try bound.get().description
    }

    /// The same process from now on behaves otherwise.
    func behave(_ manner: Manner) {
        state.manner.withLock { $0 = manner }
    }

    /// What callers said so far.
    var hellos: [LinkHello] { state.hellos.withLock(\.self) }

    /// Closes the port, as a process does that dies.
    func stop() {
        group.stop()
    }

    deinit { group.stop() }

    private final class Handler: SocketHandler {
        private let state: State

        init(_ state: State) { self.state = state }

        func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop) {
            if case .hangUp = state.manner.withLock(\.self) { loop.close(socket) }
        }

        func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
            var offset = 0
            guard let frame = try? LinkFrame.next(UnsafeRawBufferPointer(bytes), offset: &offset),
                let hello = try? LinkHello(frame)
            else { return offset }
            state.hellos.withLock { $0.append(hello) }
            switch state.manner.withLock(\.self) {
            case .accept(let node, let incarnation):
                _ = loop.write(
                    LinkHelloAnswer.accepted(node: node, incarnation: incarnation, loops: 1, epoch: 0).frame(),
                    to: socket)
            case .refuse(let refusal):
                _ = loop.write(LinkHelloAnswer.refused(refusal, message: "no").frame(), to: socket)
            case .other(let answer): _ = loop.write(answer, to: socket)
            case .silent, .hangUp: break
            }
            return offset
        }

        func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {}
    }
}
