/// Durations as people write them: a whole number and a unit, `3s`, `200ms`, `5m`, `1h`.
///
/// A number without a unit is refused: whether `--lease 3` means seconds or milliseconds must never be a guess.
public enum DurationText {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
    ]

    /// The duration `text` says, or `nil` if it is not a whole number followed by ms, s, m or h.
    public static func duration(_ text: String) -> Duration? {
        guard let (digits, suffix) = split(text), let unit = units.first(where: { $0.suffix == suffix }) else {
            return nil
        }
        let (milliseconds, overflow) = digits.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(milliseconds)
    }

    /// `duration` in the largest unit that shows it exactly, to the millisecond.
    public static func text(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        let unit = units.last { milliseconds != 0 && milliseconds.isMultiple(of: $0.milliseconds) } ?? units[0]
        return "\(milliseconds / unit.milliseconds)\(unit.suffix)"
    }
}

/// Sizes in bytes as people write them: `65536`, `64KiB`, `1MiB`, `2GiB`; units are powers of 1024.
public enum SizeText {
    private static let units: [(suffix: String, bytes: Int64)] = [
        ("", 1), ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// The number of bytes `text` says, or `nil`.
    public static func bytes(_ text: String) -> Int? {
        guard let (digits, suffix) = split(text), let unit = units.first(where: { $0.suffix == suffix }) else {
            return nil
        }
        let (bytes, overflow) = digits.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : Int(bytes)
    }

    /// `bytes` in the largest unit that shows it exactly.
    public static func text(_ bytes: Int) -> String {
        let unit = units.last { bytes != 0 && bytes.isMultiple(of: Int($0.bytes)) } ?? units[0]
        return "\(bytes / Int(unit.bytes))\(unit.suffix)"
    }
}

/// The leading ASCII digits of a measure and the unit behind them; `nil` without digits or past 2^63 - 1.
private func split(_ text: String) -> (number: Int64, unit: String)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int64(digits) else { return nil }
    return (number, String(text.dropFirst(digits.count)))
}
