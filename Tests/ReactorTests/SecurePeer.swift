import CTLS
import Glibc
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
        private let descriptor: Int32
        private let session: OpaquePointer
        var got: [UInt8] = []
        private(set) var verdict = 0

        init(_ address: SocketAddress, _ authority: String, _ name: String) throws {
            let made = authority.withCString { trust in
                var files = ctls_client_files(trust_file: trust, pair: nil)
                var error = [CChar](repeating: 0, count: 256)
                return ctls_client_context(&files, &error, 256)
            }
            let connected = try connectBlocking(address)
            let begun = made.flatMap { ctls_connect($0, name) }
            // The session keeps what it needs of its context.
            ctls_context_free(made)
            guard let begun else {
                close(connected)
                throw ClientError("no TLS session")
            }
            descriptor = connected
            session = begun
        }

        deinit {
            ctls_session_free(session)
            close(descriptor)
        }

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

        func send(_ bytes: [UInt8]) throws { try sendBlocking(descriptor, bytes) }

        func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

        /// Bytes of the wire; nil at the peer's FIN.
        func receive() throws -> [UInt8]? { try receiveBlocking(descriptor) }

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

/// A blocking socket whose reads end after twenty seconds.
func connectBlocking(_ address: SocketAddress) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var time = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    var now: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &now, 4)
    var form = sockaddr_in()
    form.sin_family = sa_family_t(AF_INET)
    form.sin_port = UInt16(address.port).bigEndian
    form.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let connected = withUnsafePointer(to: &form) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else { throw ClientError("connect: \(errno)") }
    return descriptor
}

func sendBlocking(_ descriptor: Int32, _ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { throw ClientError("send: \(errno)") }
        sent += count
    }
}

func receiveBlocking(_ descriptor: Int32) throws -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count >= 0 else { throw ClientError("recv: \(errno)") }
    return count == 0 ? nil : Array(buffer[..<count])
}
