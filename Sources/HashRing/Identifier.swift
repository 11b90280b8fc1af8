/// The form that all names share: ASCII letters, digits and some punctuation.
public enum Identifier {
    /// Whether `text` has one of the `lengths`, starts with a letter or a digit, and goes on with those or with
    /// `punctuation`; with `anyStart` it may also start with punctuation.
    public static func matches(
        _ text: String.UTF8View, lengths: ClosedRange<Int>, punctuation: StaticString, anyStart: Bool = false
    ) -> Bool {
        guard lengths.contains(text.count) else { return false }
        for (index, byte) in text.enumerated() where !isLetterOrDigit(byte) {
            guard index > 0 || anyStart, punctuation.contains(byte) else { return false }
        }
        return true
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}

extension StaticString {
    fileprivate func contains(_ byte: UInt8) -> Bool {
        withUTF8Buffer { $0.contains(byte) }
    }
}
