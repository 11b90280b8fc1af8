import Testing

@testable import ringway

@Suite("The demo's checker")
struct DemoCheckerTests {
    typealias Histories = DemoHistories
    typealias Fault = DemoChecker.Fault

    private static let good: [(Int64, HistoryEvent.Kind)] = [
        (0, .phase("quiet")), (1, Histories.sent(0)), (2, Histories.got(0, sentAt: 1)),
        (3, Histories.told(0, .delivered)), (4, .phase("kill")), (5, Histories.sent(1)),
        (6, Histories.told(1, .unknown)), (7, Histories.sent(2)), (8, Histories.told(2, .offline)),
        (9, Histories.sent(3)), (10, Histories.got(3, sentAt: 9)), (11, Histories.told(3, .accepted)),
    ]

    @Test("a history that keeps the promise is judged so, in both classes", arguments: ["fast", "reliable"])
    func kept(delivery: String) {
        let verdict = Histories.verdict(Histories.events(delivery, Self.good))
        #expect(verdict.isKept && verdict.faults.isEmpty && verdict.messages == 4)
        #expect(verdict.lines == ["checker: the promise of \(delivery) was kept for all 4 messages"])
    }

    @Test(
        "each broken promise is found, and broken only in the classes that made it",
        arguments: [
            (Fault.lost, ["reliable"]), (.twice, ["fast", "reliable"]), (.disordered, ["reliable"]),
            (.disorderedInQuiet, ["fast"]), (.failedYetDelivered, ["fast", "reliable"]),
            (.silent, ["fast", "reliable"]), (.strange, ["fast", "reliable"]),
        ])
    func broken(fault: Fault, classes: [String]) {
        let rows: [(Int64, HistoryEvent.Kind)] =
            switch fault {
            case .lost: Self.good + [(20, Histories.sent(4)), (21, Histories.told(4, .delivered))]
            case .twice: Self.good + [(20, Histories.got(3, sentAt: 9))]
            case .disordered, .disorderedInQuiet:
                [
                    (0, .phase(fault == .disordered ? "kill" : "quiet")), (1, Histories.sent(0)),
                    (2, Histories.sent(1)), (3, Histories.got(1, sentAt: 2)), (4, Histories.got(0, sentAt: 1)),
                    (5, Histories.told(0, fault == .disordered ? .delivered : .unknown)),
                    (6, Histories.told(1, .delivered)),
                ]
            case .failedYetDelivered: Self.good + [(20, Histories.got(2, sentAt: 7))]
            case .silent: Self.good + [(20, Histories.sent(4))]
            case .strange: Self.good + [(20, Histories.got(1, sentAt: 6))]
            case .unreadable: []
            }
        for delivery in ["fast", "reliable"] {
            let verdict = Histories.verdict(Histories.events(delivery, rows))
            #expect(verdict.faults[fault] == 1, "\(delivery): \(verdict.faults)")
            #expect(verdict.broken.contains(fault) == classes.contains(delivery), "\(delivery)")
            #expect(verdict.isKept == verdict.broken.isEmpty)
        }
    }

    @Test("order is judged between a sender and a recipient, not across them")
    func pairs() {
        let rows: [(Int64, HistoryEvent.Kind)] = [
            (1, .sent(by: 0, number: 0, to: 1)), (2, .sent(by: 0, number: 1, to: 2)),
            (3, .got(user: 2, from: 0, number: 1, written: 2000)),
            (4, .got(user: 1, from: 0, number: 0, written: 1000)), (5, Histories.told(0, .delivered)),
            (6, Histories.told(1, .delivered)),
        ]
        #expect(Histories.verdict(Histories.events(rows)).isKept)
    }

    @Test("a message that reaches somebody else is strange")
    func elsewhere() {
        let rows = Self.good + [(20, .got(user: 2, from: 0, number: 0, written: 1000))]
        #expect(Histories.verdict(Histories.events(rows)).broken == [.strange])
    }

    @Test("an empty history and one with lines that are no events prove nothing")
    func nothing() {
        #expect(!Histories.verdict(Histories.events([])).isKept)
        var checker = DemoChecker()
        for event in Histories.events(Self.good) { checker.take(event) }
        checker.takeUnreadable()
        #expect(checker.verdict().broken == [.unreadable])
    }
}
