/// Text from outside, made safe to print: quotes and control characters are escaped and long values are cut.
enum Quoting {
    /// Longest value a complaint repeats, in characters; longer ones end in `…`.
    static let longest = 80

    /// `text` in double quotes, safe on a terminal and in one line.
    static func quoted(_ text: String) -> String {
        "\"" + escaped(text.count > longest ? String(text.prefix(longest)) + "…" : text) + "\""
    }

    /// `text` without anything that could end a line, a quote, or drive a terminal.
    ///
    /// Besides C0 and C1 controls this escapes U+2028, U+2029 and the bidirectional overrides: they reorder or break what
    /// a person sees.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x0A: result += "\\n"
            case 0x0D: result += "\\r"
            case 0x09: result += "\\t"
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
