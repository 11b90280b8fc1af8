import Foundation

/// The spellings that settings share. Each mirrors a rule that a layer below enforces again; checking here lets a program
/// list everything that is wrong at once instead of failing on the first.
enum Grammar {
    /// A numeric IPv4 (dotted quad) or IPv6 address, without brackets, port or zone.
    static func isNumericAddress(_ text: String) -> Bool {
        var four = in_addr()
        var six = in6_addr()
        return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
    }

    /// Whether a numeric address is this machine's own: 127.0.0.0/8 or `::1`.
    static func isLoopback(_ address: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, address, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        return address == "::1"
    }

    /// A DNS name (RFC 1123): labels of letters, digits and inner dashes, at most 253 characters.
    static func isHostName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    /// A service's name (Ring v1 §3).
    static func isServiceName(_ text: String) -> Bool {
        isIdentifier(text, longest: 64, inner: "._-")
    }

    /// A node's id (Ring v1 §3).
    static func isNodeID(_ text: String) -> Bool {
        isIdentifier(text, longest: 128, inner: "._:-")
    }

    /// A zone's name (Ring v1 §3); empty means none.
    static func isZone(_ text: String) -> Bool {
        text.utf8.count <= 64 && text.utf8.allSatisfy { isAlphanumeric($0) || "._-".utf8.contains($0) }
    }

    /// A prefix of Redis keys: no braces, since those choose the cluster slot, and no spaces or controls.
    static func isKeyPrefix(_ text: String) -> Bool {
        isIdentifier(text, longest: 64, inner: "._:-")
    }

    /// Where a user's name comes from: `query:NAME`, `header:NAME`, `cookie:NAME`, `path` or `token`.
    ///
    /// Header names in `x-ringway` are our own processes' and dropped from every request, so nothing can be found there.
    static func isUserSource(_ text: String) -> Bool {
        if text == "path" || text == "token" { return true }
        for kind in ["query:", "header:", "cookie:"] where text.hasPrefix(kind) {
            let name = text.dropFirst(kind.count)
            let isOurs = name.lowercased().replacing("_", with: "-").replacing(".", with: "-").hasPrefix("x-ringway")
            return isIdentifier(String(name), longest: 64, inner: "_-") && !(kind == "header:" && isOurs)
        }
        return false
    }

    /// A printable ASCII text without spaces that starts with one of `schemes` and goes on.
    static func isURL(_ text: String, schemes: [String]) -> Bool {
        text.utf8.count <= 2048 && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
            && schemes.contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
    }

    /// One value of a list in which services may have values of their own: `VALUE`, or `service=VALUE` if what stands before
    /// the first `=` can be a service's name.
    static func split(_ entry: String) -> (service: String?, value: String) {
        guard let equals = entry.firstIndex(of: "="), isServiceName(String(entry[..<equals])) else {
            return (nil, entry)
        }
        return (String(entry[..<equals]), String(entry[entry.index(after: equals)...]))
    }

    private static func isIdentifier(_ text: String, longest: Int, inner: String) -> Bool {
        guard let first = text.utf8.first, isAlphanumeric(first), text.utf8.count <= longest else { return false }
        return text.utf8.allSatisfy { isAlphanumeric($0) || inner.utf8.contains($0) }
    }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
