extension NodeAddress {
    /// Whether the host can be no node's, whatever the network: unspecified (0.0.0.0/8, ::), link-local (169.254.0.0/16, where
    /// clouds serve their metadata, and fe80::/10), these mapped into IPv6, or numeric in a form that readers disagree on
    /// (`0177.1`, `2130706433`).
    ///
    /// Names are not looked up here.
    var isNeverANode: Bool {
        if host.utf8.contains(UInt8(ascii: ":")) { return Self.isNeverANode(ipv6: host.lowercased()) }
        guard let last = host.split(separator: ".", omittingEmptySubsequences: false).last else { return true }
        // RFC 1123 names end in a label that is not all digits; what does is read as a number by some resolvers.
        guard last.isEmpty || last.allSatisfy(\.isNumber) || last.lowercased().hasPrefix("0x") else { return false }
        guard let four = Self.quad(host) else { return true }
        return Self.isNeverANode(ipv4: four)
    }

    private static func isNeverANode(ipv4 four: [UInt8]) -> Bool {
        four[0] == 0 || (four[0] == 169 && four[1] == 254)
    }

    private static func isNeverANode(ipv6 text: String) -> Bool {
        let groups = text.split(separator: ":")
        if groups.allSatisfy({ $0.allSatisfy { $0 == "0" } }) { return true }
        // fe80::/10: the first ten bits.
        if !text.hasPrefix(":"), let first = groups.first.flatMap({ UInt16($0, radix: 16) }), first & 0xffc0 == 0xfe80 {
            return true
        }
        // An IPv4 address in the last 32 bits, in either spelling, is judged as that address.
        guard text.hasPrefix(":") || groups.dropLast(2).allSatisfy({ $0.allSatisfy { $0 == "0" } || $0 == "ffff" })
        else {
            return false
        }
        if let last = groups.last, last.contains(".") {
            return quad(String(last)).map { isNeverANode(ipv4: $0) } ?? true
        }
        let low = groups.suffix(2).compactMap { UInt16($0, radix: 16) }
        guard low.count == 2 else { return false }
        return isNeverANode(ipv4: [UInt8(low[0] >> 8), UInt8(low[0] & 255), UInt8(low[1] >> 8), UInt8(low[1] & 255)])
            && groups.contains("ffff")
    }

    /// Four decimal numbers without leading zeros.
    private static func quad(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let four = parts.compactMap { part -> UInt8? in
            guard let number = UInt8(part), String(number) == part else { return nil }
            return number
        }
        return four.count == 4 ? four : nil
    }
}
