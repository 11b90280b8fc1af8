import WebSocketWire

/// Says what our reader makes of streams of frames, so that it can be compared with other readers
/// (`Tests/Cluster/frame_differential.py`). Built for tests only.
///
/// A line in is a role (`server` reads a client's frames, `client` a server's) and the stream's reads in hex; a line
/// out is a JSON array of its events: `["text","<hex>"]`, `["binary","<hex>"]`, `["ping","<hex>"]`, `["pong","<hex>"]`,
/// `["close",1000,"<hex>"]` (`null` for no code), `["violation",1002,"<why>"]`.
@main
struct FrameEvents {
    static func main() {
        while let line = readLine() {
            var words = line.split(separator: " ")
            let role: MessageReader.Role = words.removeFirst() == "client" ? .client : .server
            var stream = Stream(role)
            for word in words { stream.take(bytes(ofHex: word)) }
            print("[\(stream.events.joined(separator: ","))]")
        }
    }

    /// A digit that is none counts as 0: the other end of the pipe is ours.
    private static func bytes(ofHex text: Substring) -> [UInt8] {
        let digits = text.utf8.map { UInt8(String(UnicodeScalar($0)), radix: 16) ?? 0 }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// One stream, read as an event loop reads it: what was not used up comes again in front of the next bytes.
private struct Stream: ~Copyable {
    private var reader: MessageReader
    private var unread: [UInt8] = []
    private(set) var events: [String] = []

    init(_ role: MessageReader.Role) { reader = MessageReader(role: role) }

    mutating func take(_ read: [UInt8]) {
        var bytes = unread + read
        var offset = 0
        while let event = bytes.withUnsafeMutableBytes({ Self.describe(reader.next($0, offset: &offset)) }) {
            events.append(event)
        }
        unread = Array(bytes[offset...])
    }

    /// The event in JSON; nil if there is none.
    private static func describe(_ event: ReaderEvent) -> String? {
        switch event {
        case .needMore: nil
        case .message(let opcode, let payload): "[\"\(opcode)\",\"\(hex(payload))\"]"
        case .ping(let payload): "[\"ping\",\"\(hex(payload))\"]"
        case .pong(let payload): "[\"pong\",\"\(hex(payload))\"]"
        case .close(let code, let reason): "[\"close\",\(code.map(String.init) ?? "null"),\"\(hex(reason))\"]"
        case .violation(let violation): "[\"violation\",\(violation.code.rawValue),\"\(violation.reason)\"]"
        }
    }

    private static func hex(_ bytes: some Collection<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
