/// A request head that was read strictly (RFC 9112), owned apart from the read buffer.
///
/// Reading checks syntax and limits only; what the request *means* is `UpgradeRequest.check`.
public struct HTTPHead: Sendable {
    /// The header fields.
    public let fields: HeaderFields
    let methodRange: Range<Int>
    /// Where the request target stands in `fields.bytes`.
    let targetRange: Range<Int>

    /// What came of reading.
    public enum Reading: Sendable {
        /// The head is not complete; nothing wrong was seen so far.
        case needMore
        /// A whole head and how many bytes it took. Bytes behind it belong to what follows.
        case head(HTTPHead, consumed: Int)
        /// Wrong, whatever may follow. Answer and close.
        case bad(HTTPRefusal)
    }

    /// Reads a head from the start of `bytes`. The outcome depends on the bytes only, not on how they were split over
    /// calls: present everything unread each time. O(bytes), at most `limits.maxHeadBytes`.
    public static func parse(_ bytes: UnsafeRawBufferPointer, limits: HeadLimits = HeadLimits()) -> Reading {
        var scanner = HeadScanner(bytes, limits: limits)
        scanner.skipEmptyLine()
        do throws(HeadError) {
            guard let line = try scanner.nextLine(maxBytes: limits.maxHeadBytes) else { return .needMore }
            let start = try startLine(bytes, line)
            guard let entries = try scanner.fieldLines() else { return .needMore }
            let copy = [UInt8](bytes.slice(at: 0, count: scanner.position))
            let head = HTTPHead(
                fields: HeaderFields(bytes: copy, entries: entries), methodRange: start.method,
                targetRange: start.target)
            return .head(head, consumed: scanner.position)
        } catch {
            return .bad(error.refusal)
        }
    }

    /// The method, as it was sent; methods are case-sensitive.
    public var method: String { fields.text(methodRange) }
    /// The request target, as it was sent (ASCII, percent-encoded).
    public var target: String { fields.text(targetRange) }
    /// Whether the method is `GET`, the only one that this edge serves.
    public var isGET: Bool { fields.bytes[methodRange].elementsEqual("GET".utf8) }
    /// Whether the peer asked that the connection end after the answer.
    public var wantsClose: Bool { fields.list("Connection", contains: "close") }

    /// RFC 9112 §3: exactly one space between the parts, none around; visible ASCII in the target.
    private static func startLine(
        _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
    ) throws(HeadError) -> (method: Range<Int>, target: Range<Int>) {
        var index = line.lowerBound
        while index < line.upperBound, bytes.byte(at: index).isTokenByte { index += 1 }
        let method = line.lowerBound..<index
        guard !method.isEmpty, index < line.upperBound, bytes.byte(at: index) == 0x20 else { throw .malformedStartLine }
        index += 1
        let targetStart = index
        while index < line.upperBound, bytes.byte(at: index) > 0x20, bytes.byte(at: index) < 0x7f { index += 1 }
        let target = targetStart..<index
        guard !target.isEmpty, index < line.upperBound, bytes.byte(at: index) == 0x20 else { throw .malformedStartLine }
        try checkVersion(bytes.slice(at: index + 1, count: line.upperBound - index - 1))
        return (method, target)
    }

    /// `HTTP/` digit `.` digit, and then 1.1.
    static func checkVersion(_ version: UnsafeRawBufferPointer) throws(HeadError) {
        guard version.count == 8, version.slice(at: 0, count: 5).elementsEqual("HTTP/".utf8),
            version.byte(at: 5).isDigit, version.byte(at: 6) == UInt8(ascii: "."), version.byte(at: 7).isDigit
        else { throw .malformedStartLine }
        guard version.byte(at: 5) == UInt8(ascii: "1"), version.byte(at: 7) == UInt8(ascii: "1") else {
            throw .unsupportedVersion
        }
    }
}

extension UInt8 {
    @inline(__always)
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
}
