extension HTTPHead {
    /// This head without the fields by which our own processes tell each other who somebody is.
    ///
    /// `X-Ringway-*` is ours in any case of letters and with anything that is no letter or digit in place of the dashes: servers
    /// behind us map names onto variables (CGI and its heirs), and there `X_Ringway_User` and `x-ringway-user` are one.
    public func withoutIdentityFields() -> HTTPHead {
        guard fields.entries.contains(where: { Self.isIdentity(fields.bytes[$0.name]) }) else { return self }
        let kept = fields.entries.filter { !Self.isIdentity(fields.bytes[$0.name]) }
        return HTTPHead(
            fields: HeaderFields(bytes: fields.bytes, entries: kept), methodRange: methodRange, targetRange: targetRange
        )
    }

    /// Whether a field of this name is ours and nobody else's.
    public static func isIdentityField(_ name: String) -> Bool { isIdentity(Array(name.utf8)[...]) }

    private static let prefix: StaticString = "x-ringway"

    private static func isIdentity(_ name: ArraySlice<UInt8>) -> Bool {
        prefix.withUTF8Buffer { prefix in
            guard name.count >= prefix.count else { return false }
            let starts = zip(name, prefix).allSatisfy { byte, wanted in
                let lower = byte.asciiLowercased
                return wanted == UInt8(ascii: "-") ? !isAlphanumeric(lower) : lower == wanted
            }
            // `X-Ringwaysomething` is another word.
            guard starts, name.count > prefix.count else { return starts }
            return !isAlphanumeric(name[name.startIndex + prefix.count].asciiLowercased)
        }
    }

    private static func isAlphanumeric(_ lower: UInt8) -> Bool {
        lower.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower)
    }
}
