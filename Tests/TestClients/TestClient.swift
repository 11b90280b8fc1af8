import ClusterModel
import Dispatch
import Reactor
import WebSocketWire

/// What went wrong in a test's client.
public struct ClientError: Error, CustomStringConvertible {
    /// The sentence.
    public let description: String

    /// An error with this sentence.
    public init(_ description: String) { self.description = description }
}

/// A WebSocket client outside the loops, so that a test reads like a conversation. It blocks a thread of its own queue, never
/// one of the tests'; every wait ends after twenty seconds.
public final class TestClient: Sendable {
    private let connection: Locked<Connection>
    private let queue = DispatchQueue(label: "test client")

    /// Connects; a small `receiveBuffer` makes a slow client.
    public init(_ address: SocketAddress, receiveBuffer: Int32? = nil) throws {
        connection = Locked(try Connection(address, receiveBuffer))
    }

    /// Sends the text's bytes.
    public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// Sends the bytes.
    public func send(_ bytes: [UInt8]) async throws {
        try await run { connection throws(ClientError) in try connection.send(bytes) }
    }

    /// All bytes until the peer's FIN.
    public func readToEnd() async throws -> String {
        try await run { connection throws(ClientError) in try connection.readToEnd() }
    }

    /// One answer: its head and as much body as it announces.
    public func readAnswer() async throws -> String {
        try await run { connection throws(ClientError) in try connection.readAnswer() }
    }

    /// Opens a WebSocket; `behind` goes out in the same packet as the request. Gives the answer.
    public func open(_ target: String, behind: [UInt8] = []) async throws -> String {
        try await send(Array(Self.upgrade(target).utf8) + behind)
        return try await readAnswer()
    }

    /// A right request for a WebSocket.
    public static func upgrade(_ target: String) -> String {
        "GET \(target) HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    }

    /// Sends a text message.
    public func message(_ text: String) async throws {
        try await send(FrameWriter.bytes(.text, Array(text.utf8), mask: 0x1234_5678))
    }

    /// The next event as a short text: `text:hello`, `binary:3`, `ping`, `pong:x`, `close:4001 moved:reason`, `end`.
    public func event() async throws -> String {
        try await run { connection throws(ClientError) in try connection.event() }
    }

    private func run<Answer: Sendable>(
        _ body: @escaping @Sendable (inout Connection) throws(ClientError) -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(
                    with: Result { try connection.withLock { connection throws(ClientError) in try body(&connection) } }
                )
            }
        }
    }
}

private struct Connection: ~Copyable {
    private let socket: BlockingSocket
    private var kept: [UInt8] = []
    private var reader = MessageReader(role: .client, limits: MessageLimits(maxMessageBytes: 64 << 20))

    init(_ address: SocketAddress, _ receiveBuffer: Int32?) throws(ClientError) {
        socket = try BlockingSocket(address, receiveBuffer: receiveBuffer)
    }

    func send(_ bytes: [UInt8]) throws(ClientError) { try socket.send(bytes) }

    mutating func readToEnd() throws(ClientError) -> String {
        while try receive() {}
        defer { kept = [] }
        return String(decoding: kept, as: UTF8.self)
    }

    mutating func readAnswer() throws(ClientError) -> String {
        while true {
            let reading = kept.withUnsafeBytes { HTTPResponseHead.parse($0) }
            if case .head(let head, let consumed) = reading {
                let length = head.fields.first("Content-Length").flatMap { Int($0) } ?? 0
                if kept.count >= consumed + length {
                    defer { kept.removeFirst(consumed + length) }
                    return String(decoding: kept[..<(consumed + length)], as: UTF8.self)
                }
            }
            guard try receive() else { throw ClientError("end inside an answer: \(kept)") }
        }
    }

    mutating func event() throws(ClientError) -> String {
        while true {
            if let found = nextEvent() { return found }
            guard try receive() else { return "end" }
        }
    }

    private mutating func nextEvent() -> String? {
        var bytes: [UInt8] = []
        swap(&bytes, &kept)
        var offset = 0
        let found: String? = bytes.withUnsafeMutableBytes { bytes in
            switch reader.next(bytes, offset: &offset) {
            case .needMore: nil
            case .message(.text, let payload): "text:" + String(decoding: payload, as: UTF8.self)
            case .message(.binary, let payload): "binary:\(payload.count)"
            case .ping: "ping"
            case .pong(let payload): "pong:" + String(decoding: payload, as: UTF8.self)
            case .close(let code, let reason):
                "close:\(code.map { "\($0)" } ?? "none"):" + String(decoding: reason, as: UTF8.self)
            case .violation(let violation): "violation:\(violation.reason)"
            }
        }
        bytes.removeFirst(offset)
        swap(&bytes, &kept)
        return found
    }

    private mutating func receive() throws(ClientError) -> Bool {
        guard let bytes = try socket.receive() else { return false }
        kept += bytes
        return true
    }
}
