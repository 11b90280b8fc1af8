// Path and query of a request target. They are taken apart *before* percent-decoding and decoded exactly once, so an
// encoded `&` or `/` stays part of its value, and `+` stays `+` (it means a space in HTML forms only).

extension HTTPHead {
    /// The path as it was sent, without the query: `/chat` of `/chat?user=alice`.
    public var path: String { fields.text(pathRange) }

    /// The query as it was sent, without `?`; nil if there is none.
    public var query: String? { queryRange.map { fields.text($0) } }

    /// The path's components, each percent-decoded to bytes: `["chat", "alice"]` of `/chat/alice`.
    /// A trailing slash gives an empty last component; `/` alone gives none.
    public var pathComponents: [[UInt8]] {
        let path = fields.bytes[pathRange].dropFirst()
        if path.isEmpty { return [] }
        return path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            PercentCoding.decode($0)
        }
    }

    /// The value of the query parameter `name`, percent-decoded once to bytes; nil if it is not there.
    ///
    /// A parameter without `=` has an empty value. One that stands there twice is refused (400): two readers of one
    /// request must not be able to see two users.
    public func queryParameter(_ name: String) throws(HTTPRefusal) -> [UInt8]? {
        guard let queryRange else { return nil }
        var found: [UInt8]?
        for pair in fields.bytes[queryRange].split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard PercentCoding.decode(pair[..<equals]).elementsEqual(name.utf8) else { continue }
            if found != nil { throw HTTPRefusal.badRequest("a query parameter is given twice") }
            found = PercentCoding.decode(pair[equals...].dropFirst())
        }
        return found
    }

    /// The request target as it was sent, but for every query parameter of this name: for secrets that go no further.
    /// Names are compared as `queryParameter` does, percent-decoded.
    public func target(withoutQueryParameter name: String) -> String {
        guard let queryRange else { return target }
        let pairs = fields.bytes[queryRange].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        let kept = pairs.filter { pair in
            !PercentCoding.decode(pair.prefix { $0 != UInt8(ascii: "=") }).elementsEqual(name.utf8)
        }
        if kept.count == pairs.count { return target }
        let query = kept.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
        return query.isEmpty ? path : path + "?" + query
    }

    private var pathRange: Range<Int> {
        let end = fields.bytes[targetRange].firstIndex(of: UInt8(ascii: "?")) ?? targetRange.upperBound
        return targetRange.lowerBound..<end
    }

    private var queryRange: Range<Int>? {
        let end = pathRange.upperBound
        return end < targetRange.upperBound ? (end + 1)..<targetRange.upperBound : nil
    }
}

/// Percent-encoding (RFC 3986 §2.1), strict: `%` is followed by two hex digits.
enum PercentCoding {
    static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%") {
                guard bytes.endIndex - index > 2, hexValue(bytes[index + 1]) != nil, hexValue(bytes[index + 2]) != nil
                else { return false }
                index += 2
            }
            index += 1
        }
        return true
    }

    /// What is not a valid escape stays as it is; `isValid` was asked before.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "%"), bytes.endIndex - index > 2,
                let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
