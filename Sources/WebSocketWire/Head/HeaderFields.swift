/// The fields of one head: a copy of its bytes and where each name and value stands in them.
///
/// Names are compared without case (ASCII), values are trimmed of white space and otherwise untouched. Copies of this
/// value share one buffer. Lookups are linear; there are at most `HeadLimits.maxFields` fields.
public struct HeaderFields: Sendable {
    struct Entry: Sendable, BitwiseCopyable {
        let nameStart, nameEnd, valueStart, valueEnd: UInt16

        /// The positions fit, because `HeadLimits.maxHeadBytes` is at most 65,535.
        init(name: Range<Int>, value: Range<Int>) {
            nameStart = UInt16(name.lowerBound)
            nameEnd = UInt16(name.upperBound)
            valueStart = UInt16(value.lowerBound)
            valueEnd = UInt16(value.upperBound)
        }

        var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    /// How often a name occurs.
    public enum Lookup: Sendable, Hashable {
        /// Not at all.
        case absent
        /// Once, with its value's bytes.
        case one([UInt8])
        /// More than once: for most fields nobody can tell which one is meant.
        case repeated
    }

    let bytes: [UInt8]
    let entries: [Entry]

    /// How many fields there are.
    public var count: Int { entries.count }

    /// The name at `index`, as it was sent.
    public func name(at index: Int) -> String { text(entries[index].name) }

    /// The value at `index`; bytes that are not UTF-8 are replaced.
    public func value(at index: Int) -> String { text(entries[index].value) }

    /// The value's bytes at `index`.
    public func valueBytes(at index: Int) -> [UInt8] { Array(bytes[entries[index].value]) }

    /// The first value under `name`, or nil; bytes that are not UTF-8 are replaced.
    public func first(_ name: String) -> String? {
        index(of: name).map { value(at: $0) }
    }

    /// The value under `name` if it stands there once.
    public func lookup(_ name: String) -> Lookup {
        guard let found = index(of: name) else { return .absent }
        if index(of: name, from: found + 1) != nil { return .repeated }
        return .one(valueBytes(at: found))
    }

    /// Whether a comma separated list under `name`, over all its lines, holds `token` (compared without case).
    public func list(_ name: String, contains token: String) -> Bool {
        var next = 0
        while let found = index(of: name, from: next) {
            var elements = ListElements(bytes: bytes, range: entries[found].value)
            while let element = elements.next() {
                if isEqual(element, token) { return true }
            }
            next = found + 1
        }
        return false
    }

    func index(of name: String, from start: Int = 0) -> Int? {
        var index = start
        while index < entries.count {
            if isEqual(entries[index].name, name) { return index }
            index += 1
        }
        return nil
    }

    func isEqual(_ range: Range<Int>, _ text: String) -> Bool {
        let utf8 = text.utf8
        guard range.count == utf8.count else { return false }
        var index = range.lowerBound
        for byte in utf8 {
            if bytes[index].asciiLowercased != byte.asciiLowercased { return false }
            index += 1
        }
        return true
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

/// The elements of a comma separated list, trimmed; empty ones are skipped (RFC 9110 §5.6.1).
struct ListElements {
    let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func next() -> Range<Int>? {
        while position < end {
            var first = position
            var last = first
            while last < end, bytes[last] != UInt8(ascii: ",") { last += 1 }
            position = last + 1
            while first < last, bytes[first].isBlank { first += 1 }
            while last > first, bytes[last - 1].isBlank { last -= 1 }
            if first < last { return first..<last }
        }
        return nil
    }
}
