import Foundation

/// Colours on a terminal, and plain text in a file or a pipe, or where `NO_COLOR` is set (no-color.org).
struct Ink {
    /// The colours in use, as SGR parameters.
    enum Colour: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
    }

    /// Whether escapes are written at all.
    let isOn: Bool

    /// Decides for one descriptor.
    init(for descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment) {
        let dumb = environment["TERM"] == "dumb" || !(environment["NO_COLOR"] ?? "").isEmpty
        isOn = isatty(descriptor) == 1 && !dumb
    }

    /// Decides by hand.
    init(isOn: Bool) { self.isOn = isOn }

    /// The text in a colour.
    func callAsFunction(_ colour: Colour, _ text: String) -> String {
        isOn ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
