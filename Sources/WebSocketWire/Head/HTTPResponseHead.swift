/// A response head, as a client reads it; as strict as `HTTPHead`.
public struct HTTPResponseHead: Sendable {
    /// The status, 100…599.
    public let status: Int
    /// The header fields.
    public let fields: HeaderFields

    /// What came of reading.
    public enum Reading: Sendable {
        /// The head is not complete; nothing wrong was seen so far.
        case needMore
        /// A whole head and how many bytes it took.
        case head(HTTPResponseHead, consumed: Int)
        /// Not an HTTP/1.1 response.
        case bad(HeadError)
    }

    /// Reads a response head from the start of `bytes`, which holds everything unread.
    public static func parse(_ bytes: UnsafeRawBufferPointer, limits: HeadLimits = HeadLimits()) -> Reading {
        var scanner = HeadScanner(bytes, limits: limits)
        do throws(HeadError) {
            guard let line = try scanner.nextLine(maxBytes: limits.maxHeadBytes) else { return .needMore }
            let status = try statusLine(bytes.slice(at: line.lowerBound, count: line.count))
            guard let entries = try scanner.fieldLines() else { return .needMore }
            let copy = [UInt8](bytes.slice(at: 0, count: scanner.position))
            let head = HTTPResponseHead(status: status, fields: HeaderFields(bytes: copy, entries: entries))
            return .head(head, consumed: scanner.position)
        } catch {
            return .bad(error)
        }
    }

    /// `HTTP/1.1 SP 3digits [SP reason]`. The reason may be missing together with its space: many servers do that.
    private static func statusLine(_ line: UnsafeRawBufferPointer) throws(HeadError) -> Int {
        guard line.count >= 12, line.byte(at: 8) == 0x20, line.count == 12 || line.byte(at: 12) == 0x20 else {
            throw .malformedStartLine
        }
        try HTTPHead.checkVersion(line.slice(at: 0, count: 8))
        var status = 0
        for index in 9..<12 {
            guard line.byte(at: index).isDigit else { throw .malformedStartLine }
            status = status * 10 + Int(line.byte(at: index) - UInt8(ascii: "0"))
        }
        guard (100...599).contains(status) else { throw .malformedStartLine }
        return status
    }
}
