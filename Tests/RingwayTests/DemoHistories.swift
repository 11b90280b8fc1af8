@testable import ringway

/// Histories written by hand: milliseconds and what happened.
enum DemoHistories {
    static func events(_ rows: [(Int64, HistoryEvent.Kind)]) -> [HistoryEvent] { events("reliable", rows) }

    static func events(
        _ delivery: String, users: Int = 3, _ rows: [(Int64, HistoryEvent.Kind)]
    ) -> [HistoryEvent] {
        let head = HistoryEvent.Kind.begins(plan: "reconnect-moved", delivery: delivery, users: users, seed: 7)
        return [HistoryEvent(time: 0, kind: head)] + rows.map { HistoryEvent(time: $0 * 1000, kind: $1) }
    }

    static func verdict(_ events: [HistoryEvent]) -> DemoVerdict {
        var checker = DemoChecker()
        for event in events { checker.take(event) }
        return checker.verdict()
    }

    static func parts(_ events: [HistoryEvent]) -> [String: DemoPart] {
        var statistics = DemoStatistics()
        for event in events { statistics.take(event) }
        return Dictionary(statistics.result().map { ($0.name, $0) }) { first, _ in first }
    }

    /// User 0 sends to user 1.
    static func sent(_ number: Int) -> HistoryEvent.Kind { .sent(by: 0, number: number, to: 1) }
    static func told(_ number: Int, _ outcome: HistoryEvent.Outcome) -> HistoryEvent.Kind {
        .told(user: 0, number: number, outcome)
    }
    static func got(_ number: Int, sentAt milliseconds: Int64) -> HistoryEvent.Kind {
        .got(user: 1, from: 0, number: number, written: milliseconds * 1000)
    }
}
