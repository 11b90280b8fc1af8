/// A numeric address as bits, read strictly: no octal, hex, short or integer forms, no zone, no second spelling.
///
/// Other readers take `0177.1` and `2130706433` for 127.0.0.1; whoever judges an address by its text must read it like the
/// strictest of them, or what was judged is not what is called.
public enum IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The four bytes as a number.
    case v4(UInt32)
    /// The upper and the lower eight bytes as numbers.
    case v6(UInt64, UInt64)

    /// Reads the canonical text of an address: four decimal numbers, or IPv6 as RFC 5952 writes it. `nil` for anything else.
    public init?(canonical text: String) {
        guard let address = text.utf8.contains(UInt8(ascii: ":")) ? Self.six(text) : Self.four(text[...]).map(Self.v4),
            address.description == text
        else { return nil }
        self = address
    }

    /// Reads any spelling of IPv6 that RFC 4291 §2.2 knows, and the one of IPv4.
    init?(_ text: String) {
        guard let address = text.utf8.contains(UInt8(ascii: ":")) ? Self.six(text) : Self.four(text[...]).map(Self.v4)
        else { return nil }
        self = address
    }

    /// The canonical text.
    public var description: String {
        switch self {
        case .v4(let four): "\(four >> 24).\(four >> 16 & 255).\(four >> 8 & 255).\(four & 255)"
        case .v6(let high, let low):
            Self.text(
                (0..<8).map { UInt16(truncatingIfNeeded: $0 < 4 ? high >> (48 - 16 * $0) : low >> (112 - 16 * $0)) })
        }
    }

    /// RFC 5952: no leading zeros, the first of the longest runs of zeros (two at least) as `::`, lower case.
    private static func text(_ groups: [UInt16]) -> String {
        var run = 0..<0
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start > max(1, run.count) { run = start..<end }
            start = max(end, start + 1)
        }
        func joined(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        return run.isEmpty
            ? joined(groups[...]) : "\(joined(groups[..<run.lowerBound]))::\(joined(groups[run.upperBound...]))"
    }

    private static func four(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard let number = UInt8(part), String(number) == part else { return nil }
            bits = bits << 8 | UInt32(number)
        }
        return bits
    }

    private static func six(_ text: String) -> IPAddress? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard (1...2).contains(halves.count), let head = groups(halves[0], isLast: halves.count == 1) else {
            return nil
        }
        var all = head
        if halves.count == 2 {
            guard let tail = groups(halves[1], isLast: true), head.count + tail.count <= 7 else { return nil }
            all += Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        }
        guard all.count == 8 else { return nil }
        let numbers = all.map(UInt64.init)
        return .v6(
            numbers[0] << 48 | numbers[1] << 32 | numbers[2] << 16 | numbers[3],
            numbers[4] << 48 | numbers[5] << 32 | numbers[6] << 16 | numbers[7])
    }

    /// The groups of one side of `::`; the last of the whole address may be an IPv4 address.
    private static func groups(_ text: Substring, isLast: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, part.contains(".") {
                guard let four = four(part) else { return nil }
                groups += [UInt16(truncatingIfNeeded: four >> 16), UInt16(truncatingIfNeeded: four)]
            } else {
                guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
