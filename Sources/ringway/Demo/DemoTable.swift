/// One plan's events as a table.
enum DemoTable {
    static func lines(_ title: DemoTitle, _ parts: [DemoPart], ink: Ink) -> [String] {
        var table = TextTable(
            [
                "event", "sent", "disconnects", "stall p50", "p99", "max", "lost", "doubled", "disordered",
                "false offline",
                "failed", "unknown", "misplaced",
            ], sides: [.left] + Array(repeating: .right, count: 12), ink: ink)
        // After the events: what is there to compare with.
        let events = parts.filter { $0.name != "between" && $0.name != "end" }
        for part in events + parts.filter({ $0.name == "between" }) { table.add(cells(part)) }
        let plan = DemoPlan.name(ofSetting: title.plan)
        let head = "plan \(plan), class \(title.delivery), \(title.users) users, seed \(title.seed)"
        return [ink(.bold, head)] + table.lines + late(parts, ink)
    }

    /// Where the clients themselves stood still, stalls are no longer the cluster's alone.
    private static func late(_ parts: [DemoPart], _ ink: Ink) -> [String] {
        let words = parts.filter { $0.late > 0 }.map { "\($0.name) \($0.late) ms" }
        guard !words.isEmpty else { return [] }
        let text = "this program got no CPU for up to: \(words.joined(separator: ", ")); stalls are that much too long"
        return [ink(.yellow, text)]
    }

    private static func cells(_ part: DemoPart) -> [String] {
        let stalls = [part.stall.quantile(0.5), part.stall.quantile(0.99), part.stall.largest]
        let counts = [part.lost, part.duplicated, part.disordered, part.falselyOffline, part.failed, part.unknown]
        let misplaced: String
        if case .known(let count) = part.misplaced { misplaced = "\(count)" } else { misplaced = "-" }
        return [part.name, "\(part.sent)", "\(part.disconnects)"] + stalls.map(time) + counts.map { "\($0)" }
            + [misplaced]
    }

    /// Nanoseconds as milliseconds.
    private static func time(_ nanoseconds: Int64) -> String {
        nanoseconds < 10_000_000
            ? "\(nanoseconds / 1_000_000).\(nanoseconds / 100_000 % 10) ms" : "\(nanoseconds / 1_000_000) ms"
    }
}
