import CTLS
import Reactor
import TestClients

/// A blocking TLS client outside the loops, whose bytes of the wire a test may cut, hold back and spoil.
final class SecurePeer: Sendable {
    private let state: Locked<State>

    init(_ address: SocketAddress, trusting authority: String, name: String = "node.example") throws {
        state = Locked(try State(address, authority, name))
    }

    /// The first flight, and what each step of the handshake sends; `send` decides how it leaves.
    func handshake(_ send: (inout State, [UInt8]) throws -> Void = { try $0.send($1) }) throws {
        try state.withLock { state in
            var flight = state.feed([])
            while true {
                try send(&state, flight)
                if state.isOpen { return }
                guard let bytes = try state.receive() else { throw ClientError("end in the handshake") }
                flight = state.feed(bytes)
                if state.verdict == Int(CTLS_FAILED) { throw ClientError("handshake failed: \(state.error)") }
            }
        }
    }

    func with<Answer: Sendable>(_ body: (inout State) throws -> Answer) throws -> Answer {
        try state.withLock { try body(&$0) }
    }

    struct State: ~Copyable {
        private let socket: BlockingSocket
        private let session: OpaquePointer
        var got: [UInt8] = []
        private(set) var verdict = 0

        init(_ address: SocketAddress, _ authority: String, _ name: String) throws {
            let made = authority.withCString { trust in
                var files = ctls_client_files(trust_file: trust, pair: nil)
                var error = [CChar](repeating: 0, count: 256)
                return ctls_client_context(&files, &error, 256)
            }
            let connected = try BlockingSocket(address)
            let begun = made.flatMap { ctls_connect($0, name) }
            // The session keeps what it needs of its context.
            ctls_context_free(made)
            guard let begun else { throw ClientError("no TLS session") }
            socket = connected
            session = begun
        }

        deinit { ctls_session_free(session) }

        var isOpen: Bool { verdict == Int(CTLS_OPEN) }
        var error: String { String(cString: ctls_error(session)) }

        /// Gives bytes of the wire; what is to be sent comes back.
        mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
            var plain = [UInt8](repeating: 0, count: bytes.count + 32_768)
            var wire = [UInt8](repeating: 0, count: 65_536)
            let step = ctls_receive(session, bytes, bytes.count, &plain, plain.count, &wire, wire.count)
            got += plain[..<step.plain]
            verdict = Int(step.state)
            return Array(wire[..<step.wire])
        }

        func seal(_ bytes: [UInt8]) -> [UInt8] {
            var wire = [UInt8](repeating: 0, count: bytes.count + bytes.count / 16 + 65_536)
            let step = ctls_seal(session, bytes, bytes.count, &wire, wire.count)
            precondition(step.taken == bytes.count)
            return Array(wire[..<step.wire])
        }

        func goodbye() -> [UInt8] {
            var wire = [UInt8](repeating: 0, count: 256)
            return Array(wire[..<ctls_close(session, &wire, 256)])
        }

        func send(_ bytes: [UInt8]) throws { try socket.send(bytes) }

        func finish() { socket.finish() }

        /// Bytes of the wire; nil at the peer's FIN.
        func receive() throws -> [UInt8]? { try socket.receive() }

        /// Reads until so many bytes of plain text have come.
        mutating func read(_ count: Int) throws {
            while got.count < count {
                guard let bytes = try receive() else { throw ClientError("end after \(got.count) bytes") }
                _ = feed(bytes)
            }
        }

        /// Reads to the FIN; true if TLS's goodbye came before it.
        mutating func readToEnd() throws -> Bool {
            while let bytes = try receive() { _ = feed(bytes) }
            return verdict == Int(CTLS_CLOSED)
        }
    }
}
