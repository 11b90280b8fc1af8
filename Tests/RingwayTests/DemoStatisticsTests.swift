import Testing

@testable import ringway

@Suite("What the demo counts")
struct DemoStatisticsTests {
    typealias Histories = DemoHistories

    private func milliseconds(_ nanoseconds: Int64) -> Int64 { nanoseconds / 1_000_000 }

    @Test("a stall is the longest wait from a sending to the next arrival that was due since")
    func stall() {
        let parts = Histories.parts(
            Histories.events([
                (0, .phase("quiet")), (100, Histories.sent(0)), (101, Histories.got(0, sentAt: 100)),
                (1000, .phase("kill")), (1100, Histories.sent(1)), (2100, Histories.sent(2)),
                // 1 is lost, 2 comes late, 3 at once: the recipient heard nothing from 1100 to 2600.
                (2600, Histories.got(2, sentAt: 2100)), (3100, Histories.sent(3)),
                (3102, Histories.got(3, sentAt: 3100)), (4000, .phase("repair")), (4100, Histories.sent(4)),
                (4105, Histories.got(4, sentAt: 4100)),
            ]))
        #expect(milliseconds(parts["kill"]?.stall.largest ?? 0) == 1500)
        #expect(parts["kill"]?.stall.count == 1)
        // Quiet and repair are one part.
        #expect(milliseconds(parts["between"]?.stall.largest ?? 0) == 5)
        #expect(parts["between"]?.sent == 2)
    }

    @Test("who hears nothing any more stalls to the end")
    func silence() {
        let parts = Histories.parts(
            Histories.events([(0, .phase("kill")), (100, Histories.sent(0)), (900, .phase("end"))]))
        #expect(milliseconds(parts["kill"]?.stall.largest ?? 0) == 800)
    }

    @Test("lost, doubled, disordered, failed and unknown messages are counted in the event they were sent in")
    func counts() throws {
        let parts = Histories.parts(
            Histories.events(
                "fast",
                [
                    (0, .phase("join")), (1, Histories.sent(0)), (2, Histories.sent(1)), (3, Histories.sent(2)),
                    (4, Histories.sent(3)), (5, Histories.sent(4)), (6, .phase("drain")),
                    (7, Histories.got(1, sentAt: 2)), (8, Histories.got(0, sentAt: 1)),
                    (9, Histories.got(0, sentAt: 1)),
                    (10, Histories.told(0, .delivered)), (11, Histories.told(1, .unknown)),
                    (12, Histories.told(2, .delivered)), (13, Histories.told(3, .rejected)),
                    (14, Histories.told(4, .unknown)), (15, .closed(user: 2, code: 4001, why: "")), (16, .misplaced(3)),
                ]))
        let join = try #require(parts["join"])
        #expect([join.sent, join.lost, join.duplicated, join.disordered, join.failed] == [5, 1, 1, 1, 1])
        #expect(join.unknown == 2 && join.unknownArrived == 1 && join.disconnects == 0)
        #expect(join.misplaced == .unknown)
        #expect(parts["drain"]?.disconnects == 1 && parts["drain"]?.misplaced == .known(3))
    }

    @Test("offline is false if the recipient was connected all the time; a close on its way excuses it")
    func offline() {
        func count(_ delivery: String, _ rows: [(Int64, HistoryEvent.Kind)]) -> Int {
            Histories.parts(Histories.events(delivery, [(0, .phase("kill"))] + rows))["kill"]?.falselyOffline ?? -1
        }
        let asked: [(Int64, HistoryEvent.Kind)] = [(10, Histories.sent(0)), (11, Histories.told(0, .offline))]
        #expect(count("fast", [(1, .opened(user: 1, node: "n"))] + asked) == 1)
        #expect(count("fast", asked) == 0)
        let closing: [(Int64, HistoryEvent.Kind)] = [(60, .closed(user: 1, code: 4001, why: ""))]
        #expect(count("fast", [(1, .opened(user: 1, node: "n"))] + asked + closing) == 0)
        // A reliable client's session outlives its connection.
        #expect(count("reliable", asked) == 1)
    }

    @Test("the next plan's part of a history begins from nothing")
    func plans() {
        let first = Histories.events([(0, .phase("kill")), (1, Histories.sent(0))])
        let second = Histories.events([(0, .phase("join")), (1, Histories.sent(0))])
        #expect(Histories.parts(first + second).keys.sorted() == ["join"])
    }
}
