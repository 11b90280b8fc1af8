/// Cuts a head into lines and field lines, byte by byte and in order, so that the answer never depends on how the
/// bytes were split over reads: the first thing wrong is what is reported.
struct HeadScanner {
    let bytes: UnsafeRawBufferPointer
    let limits: HeadLimits
    /// Where the next line starts.
    private(set) var position = 0

    init(_ bytes: UnsafeRawBufferPointer, limits: HeadLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// The next line without its CRLF; nil if it has not arrived whole.
    mutating func nextLine(maxBytes: Int) throws(HeadError) -> Range<Int>? {
        let end = min(bytes.count, limits.maxHeadBytes)
        let start = position
        var index = start
        while index < end {
            let byte = bytes.byte(at: index)
            if (byte >= 0x20 && byte != 0x7f) || byte == 0x09 {
                index += 1
                if index - start > maxBytes { throw .fieldTooLarge }
                continue
            }
            if byte != 0x0d { throw byte == 0x0a ? .bareLineFeed : .controlByte }
            if index + 1 >= end { break }
            if bytes.byte(at: index + 1) != 0x0a { throw .bareCarriageReturn }
            position = index + 2
            return start..<index
        }
        if bytes.count > limits.maxHeadBytes { throw .headTooLarge }
        return nil
    }

    /// RFC 9112 §2.2: one empty line before the request is ignored.
    mutating func skipEmptyLine() {
        if bytes.count >= 2, bytes.byte(at: 0) == 0x0d, bytes.byte(at: 1) == 0x0a { position = 2 }
    }

    /// All field lines up to the empty line; nil if that has not arrived.
    mutating func fieldLines() throws(HeadError) -> [HeaderFields.Entry]? {
        var entries: [HeaderFields.Entry] = []
        entries.reserveCapacity(16)
        while let line = try nextLine(maxBytes: limits.maxFieldBytes) {
            if line.isEmpty { return entries }
            if entries.count >= limits.maxFields { throw .tooManyFields }
            entries.append(try field(in: line))
        }
        return nil
    }

    private func field(in line: Range<Int>) throws(HeadError) -> HeaderFields.Entry {
        let first = bytes.byte(at: line.lowerBound)
        if first == 0x20 || first == 0x09 { throw .foldedField }
        var colon = line.lowerBound
        while colon < line.upperBound, bytes.byte(at: colon).isTokenByte { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes.byte(at: colon) == UInt8(ascii: ":") else {
            throw .malformedField
        }
        var start = colon + 1
        var end = line.upperBound
        while start < end, bytes.byte(at: start).isBlank { start += 1 }
        while end > start, bytes.byte(at: end - 1).isBlank { end -= 1 }
        return HeaderFields.Entry(name: line.lowerBound..<colon, value: start..<end)
    }
}

extension UInt8 {
    /// RFC 9110 §5.6.2 `tchar`.
    @inline(__always)
    var isTokenByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Space or tab: RFC 9110 §5.6.3 `OWS`.
    @inline(__always)
    var isBlank: Bool { self == 0x20 || self == 0x09 }

    @inline(__always)
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }
}
