/// `hex16` of Ring v1: exactly 16 lowercase hex digits, most significant first.
///
/// Positions and digests travel as text, because JSON numbers are not exact above 2^53.
public enum Hex16 {
    private static let digits = Array("0123456789abcdef".utf8)

    /// The 16 digits of `value`.
    public static func string(_ value: UInt64) -> String {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the 16 digits of `value`.
    public static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            bytes.append(digits[Int((value &>> shift) & 15)])
        }
    }

    /// The value of 16 lowercase digits; `nil` for any other text, upper case included.
    public static func parse(_ text: some Collection<UInt8>) -> UInt64? {
        guard text.count == 16 else { return nil }
        var value: UInt64 = 0
        for byte in text {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value &<< 4 | UInt64(byte &- UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value &<< 4 | UInt64(byte &- UInt8(ascii: "a") &+ 10)
            default: return nil
            }
        }
        return value
    }
}
