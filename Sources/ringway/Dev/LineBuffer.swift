/// Cuts a stream of bytes into lines. A line beyond the limit is handed out in pieces, so that nothing grows for ever.
struct LineBuffer {
    static let maxLineBytes = 16 << 10

    private var rest: [UInt8] = []

    /// The lines that `bytes` complete, without their line feeds.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || rest.count >= Self.maxLineBytes {
                if let line = end() { lines.append(line) }
                if byte == UInt8(ascii: "\n") { continue }
            }
            rest.append(byte)
        }
        return lines
    }

    /// What was left without a line feed.
    mutating func end() -> String? {
        defer { rest.removeAll(keepingCapacity: true) }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
    }
}
