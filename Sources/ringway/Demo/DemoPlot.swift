/// Messages per second over time as an SVG, one panel for each plan, the events marked. Readable on light and dark.
struct DemoPlot {
    /// One plan's numbers, in slots of equal length.
    struct Panel {
        let title: String
        var sent: [Int] = []
        var delivered: [Int] = []
        /// Failed or unknown.
        var unsure: [Int] = []
        /// Name, and seconds since the panel's beginning.
        var events: [(name: String, at: Double)] = []
    }

    /// Seconds of one slot.
    static let slot = 0.5
    /// A plan's part of a history that is longer than a day is cut there.
    private static let maxSlots = 172_800
    private static let width = 960.0
    private static let left = 60.0
    private static let right = 20.0
    private static let panelHeight = 260.0
    private static let plotTop = 60.0
    private static let plotHeight = 150.0

    private(set) var panels: [Panel] = []
    private var begins: Int64 = 0

    /// Counts the next event.
    mutating func take(_ event: HistoryEvent) {
        if case .begins(let plan, let delivery, let users, _) = event.kind {
            begins = event.time
            panels.append(Panel(title: "plan \(DemoPlan.name(ofSetting: plan)), class \(delivery), \(users) users"))
        }
        guard !panels.isEmpty else { return }
        let seconds = Double(event.time - begins) / 1e6
        let slot = min(max(0, Int(seconds / Self.slot)), Self.maxSlots)
        let last = panels.count - 1
        switch event.kind {
        case .sent: Self.count(slot, &panels[last].sent)
        case .got: Self.count(slot, &panels[last].delivered)
        case .told(_, _, let outcome):
            if !outcome.isAcknowledged { Self.count(slot, &panels[last].unsure) }
        case .phase(let name):
            if DemoEvent(rawValue: name) != nil { panels[last].events.append((name, seconds)) }
        case .begins, .opened, .closed, .misplaced, .late: break
        }
    }

    private static func count(_ slot: Int, _ counts: inout [Int]) {
        if counts.count <= slot { counts += Array(repeating: 0, count: slot + 1 - counts.count) }
        counts[slot] += 1
    }

    /// The picture.
    var svg: String {
        let height = Self.panelHeight * Double(max(1, panels.count)) + 20
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(Int(height))\" "
                + "font-family=\"system-ui,sans-serif\" font-size=\"12\" role=\"img\" "
                + "aria-label=\"Messages per second over time\">",
            Self.style,
            "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>",
        ]
        for (index, panel) in panels.enumerated() {
            lines.append("<g transform=\"translate(0 \(Self.text(Double(index) * Self.panelHeight)))\">")
            lines += Self.draw(panel)
            lines.append("</g>")
        }
        return (lines + ["</svg>", ""]).joined(separator: "\n")
    }

    private static let style = """
        <style>
        .paper{fill:#fff} text{fill:#333} .axis{stroke:#999} .grid{stroke:#ddd} .event{stroke:#777;stroke-dasharray:3 3}
        polyline{fill:none;stroke-width:1.5} .sent{stroke:#999} .delivered{stroke:#1667c5} .unsure{stroke:#c6281e}
        @media (prefers-color-scheme:dark){
        .paper{fill:#16181c} text{fill:#ccc} .axis{stroke:#777} .grid{stroke:#333} .event{stroke:#999}
        .sent{stroke:#888} .delivered{stroke:#6cb2ff} .unsure{stroke:#ff7b6e}}
        </style>
        """

    private static func draw(_ panel: Panel) -> [String] {
        let slots = max(panel.sent.count, panel.delivered.count, panel.unsure.count, 2)
        let seconds = Double(slots) * slot
        let highest = max(1, (panel.sent + panel.delivered + panel.unsure).max() ?? 1)
        let step = tick(Double(highest) / slot / 4)
        let top = (Double(highest) / slot / step).rounded(.up) * step
        let inner = width - left - right
        let bottom = plotTop + plotHeight
        func x(_ second: Double) -> Double { left + second / seconds * inner }
        func y(_ rate: Double) -> Double { bottom - rate / top * plotHeight }
        var lines = [
            "<text x=\"\(text(left))\" y=\"22\" font-size=\"14\" font-weight=\"600\">\(escaped(panel.title))</text>"
        ]
        lines += legend()
        for rate in stride(from: 0, through: top, by: step) {
            lines.append(line(rate == 0 ? "axis" : "grid", left, y(rate), width - right, y(rate)))
            lines.append(label(left - 6, y(rate) + 4, "end", text(rate)))
        }
        for second in stride(from: 0, through: seconds, by: tick(seconds / 12)) {
            lines.append(label(x(second), bottom + 16, "middle", "\(text(second)) s"))
        }
        for (index, event) in panel.events.enumerated() {
            lines.append(line("event", x(event.at), plotTop - 4, x(event.at), bottom))
            // Neighbours on two heights, so that short schedules stay readable.
            lines.append(label(x(event.at), plotTop - (index % 2 == 0 ? 8 : 20), "start", escaped(event.name)))
        }
        for (name, counts) in [("sent", panel.sent), ("delivered", panel.delivered), ("unsure", panel.unsure)] {
            let points = (0..<slots).map { index in
                let rate = counts.indices.contains(index) ? Double(counts[index]) / slot : 0
                return "\(text(x((Double(index) + 0.5) * slot))),\(text(y(rate)))"
            }
            lines.append("<polyline class=\"\(name)\" points=\"\(points.joined(separator: " "))\"/>")
        }
        return lines
    }

    private static func legend() -> [String] {
        [("sent", "sent /s", 640.0), ("delivered", "arrived /s", 720), ("unsure", "failed or unknown /s", 815)].flatMap
        {
            name, title, x in
            [
                "<polyline class=\"\(name)\" points=\"\(text(x - 22)),18 \(text(x - 4)),18\"/>",
                label(x, 22, "start", title),
            ]
        }
    }

    private static func line(_ name: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
        "<line class=\"\(name)\" x1=\"\(text(x1))\" y1=\"\(text(y1))\" x2=\"\(text(x2))\" y2=\"\(text(y2))\"/>"
    }

    private static func label(_ x: Double, _ y: Double, _ anchor: String, _ words: String) -> String {
        "<text x=\"\(text(x))\" y=\"\(text(y))\" text-anchor=\"\(anchor)\">\(words)</text>"
    }

    /// The next of 1, 2, 5, 10, 20 … that is not below.
    static func tick(_ least: Double) -> Double {
        var unit = 1.0
        while unit * 10 <= least { unit *= 10 }
        return [1, 2, 5, 10].map { $0 * unit }.first { $0 >= least } ?? unit * 10
    }

    /// A number with at most one digit behind the point.
    private static func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
