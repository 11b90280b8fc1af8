extension Grammar {
    /// What a browser sends in `Origin` (RFC 6454 §6.2): scheme, host, and a port unless it is the scheme's own; or `null`.
    ///
    /// In lower case and, for names beyond ASCII, in punycode, as browsers write it: an entry that no browser can ever send is a
    /// mistake, and better refused than never matched. `file:` pages have no host; browsers send `null` for them.
    static func isOrigin(_ text: String) -> Bool {
        if text == "null" { return true }
        guard let colon = text.firstRange(of: "://"), text == text.lowercased() else { return false }
        let scheme = text[..<colon.lowerBound]
        guard let first = scheme.utf8.first, isLetter(first), scheme != "file",
            scheme.utf8.allSatisfy({ isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) })
        else { return false }
        let authority = text[colon.upperBound...]
        guard authority.hasPrefix("[") else {
            let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return isHostName(parts[0]) && (parts.count == 1 || isPort(parts[1]))
        }
        guard let bracket = authority.firstIndex(of: "]") else { return false }
        let address = authority[authority.index(after: authority.startIndex)..<bracket]
        let rest = authority[authority.index(after: bracket)...]
        return address.contains(":") && isNumericAddress(String(address))
            && (rest.isEmpty || rest.hasPrefix(":") && isPort(String(rest.dropFirst())))
    }

    private static func isPort(_ text: String) -> Bool {
        guard let port = UInt16(text), port > 0 else { return false }
        return String(port) == text
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
