/// Prometheus' text format, version 0.0.4.
public enum PrometheusText {
    /// The media type `/metrics` answers with.
    public static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// Writes families one after the other; those of the same name are put together, as the format demands.
    public static func render(_ families: [MetricFamily]) -> String {
        var order: [String] = []
        var byName: [String: [MetricFamily]] = [:]
        for family in families {
            if byName[family.name] == nil { order.append(family.name) }
            byName[family.name, default: []].append(family)
        }
        var text = ""
        for name in order {
            guard let group = byName[name], let first = group.first else { continue }
            text += "# HELP \(name) \(escaped(first.help, quote: false))\n# TYPE \(name) \(first.kind.rawValue)\n"
            for sample in group.flatMap(\.samples) {
                text += name
                if !sample.labels.isEmpty {
                    text += "{"
                    text += sample.labels.map { "\($0.name)=\"\(escaped($0.value, quote: true))\"" }.joined(
                        separator: ",")
                    text += "}"
                }
                text += " \(number(sample.value))\n"
            }
        }
        return text
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quote: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// Whole numbers without a fraction; 2^53 and more stay exact as far as a double is.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value == value.rounded(), abs(value) < 1e18 { return String(Int64(value)) }
        return String(value)
    }
}
