/// A share as a bar of text, in eighths of a character.
enum Bar {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// The bar for `value` where `whole` fills `width` characters.
    static func text(_ value: Double, of whole: Double, width: Int) -> String {
        guard whole > 0, value > 0, width > 0 else { return "" }
        let steps = Int((min(value / whole, 1) * Double(width) * 8).rounded())
        return String(repeating: "█", count: steps / 8) + eighths[steps % 8]
    }
}
