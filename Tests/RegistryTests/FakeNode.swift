import ClusterModel
import Reactor
import SessionLink

/// A link port that answers hellos as a test tells it to.
final class FakeNode: Sendable {
    /// What comes back on a hello.
    enum Manner: Sendable {
        case accept(node: String, incarnation: UInt64)
        /// Takes the link, and proves to have registered with this key, or proves nothing.
        case prove(node: String, incarnation: UInt64, key: ProofKey?)
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
        let secrets: LinkSecrets
        init(_ manner: Manner, _ secrets: LinkSecrets) {
            self.manner = Locked(manner)
            self.secrets = secrets
        }
    }

    /// A node that shares these secrets.
    init(_ manner: Manner, secrets: LinkSecrets = .none) async throws {
        let state = State(manner, secrets)
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
        private var handshakes: [SocketID: NodeHandshake] = [:]

        init(_ state: State) { self.state = state }

        func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop) {
            if case .hangUp = state.manner.withLock(\.self) { loop.close(socket) }
        }

        func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
            var offset = 0
            while let frame = try? LinkFrame.next(UnsafeRawBufferPointer(bytes), offset: &offset) {
                var handshake = handshakes[socket] ?? NodeHandshake(secrets: state.secrets, loop: 0, loops: 1)
                let step = try? handshake.take(frame)
                handshakes[socket] = handshake
                switch step {
                case .challenge(let challenge): _ = loop.write(challenge.frame(), to: socket)
                case .proven(let hello): answer(hello, socket, loop)
                case .refuse(let refusal, let message):
                    _ = loop.write(LinkHelloAnswer.refused(refusal, message: message).frame(), to: socket)
                case .elsewhere, nil: break
                }
            }
            return offset
        }

        private func answer(_ hello: LinkHello, _ socket: SocketID, _ loop: EventLoop) {
            state.hellos.withLock { $0.append(hello) }
            switch state.manner.withLock(\.self) {
            case .accept(let node, let incarnation):
                accept(hello, socket, node, incarnation, Sample.proofKey, loop)
            case .prove(let node, let incarnation, let key): accept(hello, socket, node, incarnation, key, loop)
            case .refuse(let refusal):
                _ = loop.write(LinkHelloAnswer.refused(refusal, message: "no").frame(), to: socket)
            case .other(let answer): _ = loop.write(answer, to: socket)
            case .silent, .hangUp: break
            }
        }

        private func accept(
            _ hello: LinkHello, _ socket: SocketID, _ node: String, _ incarnation: UInt64, _ key: ProofKey?,
            _ loop: EventLoop
        ) {
            let proof = key.map {
                LinkProof(
                    registeredWith: $0, nonce: hello.nonce, node: node, incarnation: incarnation,
                    service: hello.service)
            }
            _ = loop.write(
                LinkHelloAnswer.accepted(node: node, incarnation: incarnation, loops: 1, epoch: 0, proof: proof)
                    .frame(), to: socket)
        }

        func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) { handshakes[socket] = nil }
    }
}
