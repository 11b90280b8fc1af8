import Reactor
import TestClients

/// What a handler saw, in order; a test waits for it with a deadline.
enum Seen: Equatable, Sendable {
    case accepted(SocketID)
    case connected(SocketID)
    case bytes(SocketID, [UInt8])
    case ended(SocketID)
    case drained(SocketID)
    case closed(SocketID, CloseReason)
    case timer(UInt64)
    case acceptPaused
    case note(String)
}

typealias Log = Journal<Seen>

/// Records every call; `used` decides how much of the bytes is used up, `then` may act.
final class Recorder: SocketHandler {
    let log: Log
    var used: (UnsafeMutableRawBufferPointer, SocketID, EventLoop) -> Int = { bytes, _, _ in bytes.count }
    var onAccepted: (SocketID, EventLoop) -> Void = { _, _ in }
    var onConnected: (SocketID, EventLoop) -> Void = { _, _ in }
    var onMemoryShort: (Int, EventLoop) -> Int = { _, _ in 0 }
    var onEnded: ((SocketID, EventLoop) -> Void)?

    init(_ log: Log) { self.log = log }

    func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop) {
        log.add(.accepted(socket))
        onAccepted(socket, loop)
    }
    func connected(_ socket: SocketID, on loop: EventLoop) {
        log.add(.connected(socket))
        onConnected(socket, loop)
    }
    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        let count = used(bytes, socket, loop)
        log.add(.bytes(socket, Array(bytes.prefix(count))))
        return count
    }
    func inputEnded(_ socket: SocketID, on loop: EventLoop) {
        log.add(.ended(socket))
        if let onEnded { onEnded(socket, loop) } else { loop.close(socket) }
    }
    func drained(_ socket: SocketID, on loop: EventLoop) { log.add(.drained(socket)) }
    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) { log.add(.closed(socket, reason)) }
    func timer(_ key: UInt64, on loop: EventLoop) { log.add(.timer(key)) }
    func acceptPaused(_ pause: AcceptPause, on loop: EventLoop) { log.add(.acceptPaused) }
    func memoryShort(_ bytes: Int, on loop: EventLoop) -> Int { onMemoryShort(bytes, loop) }

    /// Sends back whatever comes.
    func echoes() {
        used = { bytes, socket, loop in
            loop.write(UnsafeRawBufferPointer(bytes), to: socket)
            return bytes.count
        }
    }

    /// Says 900,000 bytes a moment after the peer said its last, and closes.
    func answersAfterTheEnd() {
        onEnded = { socket, loop in
            loop.after(.milliseconds(20)) { loop in
                loop.write([UInt8](repeating: 9, count: 900_000), to: socket)
                loop.close(socket)
            }
        }
    }
}

/// A loop group that ends with its test.
func withLoops(_ count: Int = 1, _ body: (LoopGroup) async throws -> Void) async throws {
    let group = LoopGroup(count: count, name: "test")
    do {
        try await body(group)
    } catch {
        group.stop()
        throw error
    }
    group.stop()
}

/// Listens on a free port with a recorder that `setUp` may change; gives the address.
func listener(
    _ loop: LoopHandle, _ log: Log, port: Int = 0, gate: AcceptGate? = nil, tls: TLSServer? = nil,
    backlog: Int32 = 4096,
    _ setUp: @escaping @Sendable (Recorder) -> Void = { _ in }
) async throws -> SocketAddress {
    try await loop.run { loop in
        let recorder = Recorder(log)
        setUp(recorder)
        let handler = loop.register(recorder)
        return Result {
            try loop.listen(
                on: SocketAddress(host: "127.0.0.1", port: port), handler: handler, reusePort: gate != nil,
                backlog: backlog, gate: gate, tls: tls)
        }
    }.get()
}

/// Connects to the address with a recorder of its own; gives the socket.
@discardableResult
func connection(
    _ loop: LoopHandle, to address: SocketAddress, _ log: Log, deadline: Duration = .seconds(20), tls: TLSTarget? = nil,
    _ setUp: @escaping @Sendable (Recorder) -> Void = { _ in }
) async throws -> SocketID {
    try await loop.run { loop in
        let recorder = Recorder(log)
        setUp(recorder)
        let handler = loop.register(recorder)
        return Result { try loop.connect(to: address, handler: handler, deadline: deadline, tls: tls) }
    }.get()
}

extension [Seen] {
    func bytes(of socket: SocketID) -> [UInt8] {
        flatMap { if case .bytes(socket, let bytes) = $0 { bytes } else { [UInt8]() } }
    }
}

extension Seen {
    var isClosed: Bool { if case .closed = self { true } else { false } }
    var isAccepted: Bool { if case .accepted = self { true } else { false } }
}
