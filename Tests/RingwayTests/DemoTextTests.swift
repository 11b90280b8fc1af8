import Foundation
import Testing

@testable import ringway

@Suite("The demo's history, schedule, table and picture")
struct DemoTextTests {
    private static let kinds: [HistoryEvent.Kind] = [
        .begins(plan: "rehome", delivery: "fast", users: 3, seed: .max), .phase("join"),
        .sent(by: 0, number: 1, to: 2), .told(user: 0, number: 1, .unknown),
        .got(user: 2, from: 0, number: 1, written: 1234), .opened(user: 1, node: "node-1"),
        .closed(user: 1, code: 4001, why: "retry=1;\"\n"), .misplaced(nil), .misplaced(4),
        .late(milliseconds: 120),
    ]

    private func line(_ event: HistoryEvent) -> String {
        var bytes: [UInt8] = []
        event.append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func event(_ line: String) -> HistoryEvent? {
        Array(line.utf8).withUnsafeBytes { HistoryEvent(line: $0) }
    }

    @Test("an event is one line of JSON, and the line is the event", arguments: kinds)
    func lines(kind: HistoryEvent.Kind) throws {
        let event = HistoryEvent(time: 1_234_567, kind: kind)
        let text = line(event)
        #expect(text.hasSuffix("}\n") && text.dropLast().firstIndex(of: "\n") == nil)
        #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) is [String: Any])
        #expect(self.event(String(text.dropLast())) == event)
    }

    @Test(
        "what is no event is nil",
        arguments: ["", "{}", #"{"t":1}"#, #"{"t":1,"sent":2}"#, #"{"phase":"x"}"#, #"{"t":1,"phase":"x"}}"#])
    func noEvents(text: String) { #expect(event(text) == nil) }

    @Test("a sent message reads as documented")
    func documented() {
        let text = line(HistoryEvent(time: 5, kind: .sent(by: 1, number: 2, to: 3)))
        #expect(text == "{\"t\":5,\"sent\":1,\"n\":2,\"to\":3}\n")
    }

    @Test("a history file is read line by line, whatever its size, its last line without a feed too")
    func reading() throws {
        let path = NSTemporaryDirectory() + "demo-history-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let file = HistoryFile(descriptor, began: 0)
        for number in 0..<60_000 { file.record(.sent(by: 0, number: number, to: 1), at: Int64(number)) }
        file.flush()
        #expect(file.problem == nil)
        let tail = "no event"
        #expect(write(descriptor, tail, tail.utf8.count) == tail.utf8.count)
        close(descriptor)
        var numbers: [Int] = []
        var unreadable = 0
        try HistoryReading.read(path) { event in
            if case .sent(_, let number, _)? = event?.kind { numbers.append(number) } else { unreadable += 1 }
        }
        #expect(numbers == Array(0..<60_000) && unreadable == 1)
        #expect(throws: Failure.self) { try HistoryReading.read(path + "-missing") { _ in } }
    }

    @Test("a schedule has quiet time before each event and at the end, and waits as long as something stands still")
    func schedule() {
        let schedule = DemoSchedule(
            events: [.join, .pause], quiet: .seconds(1), window: .seconds(10), hold: .seconds(5))
        #expect(
            schedule.steps == [
                .quiet(.seconds(1)), .event(.join, watched: .seconds(10)), .repair(.join), .quiet(.seconds(1)),
                .event(.pause, watched: .seconds(15)), .repair(.pause), .quiet(.seconds(1)), .end,
            ])
        #expect(schedule.length == .seconds(28))
    }

    @Test(
        "the circle has everybody once as a sender and once as a recipient, nobody with themselves",
        arguments: [2, 3, 501])
    func circle(users: Int) {
        let circle = DemoCircle(users: users, interval: 1000, seed: 3)
        #expect(Set(circle.places.map(\.user)).count == users && Set(circle.places.map(\.partner)).count == users)
        #expect(circle.places.allSatisfy { $0.user != $0.partner && (0..<1000).contains($0.offset) })
        #expect(circle.places == circle.places.sorted { ($0.offset, $0.user) < ($1.offset, $1.user) })
        #expect(circle.places == DemoCircle(users: users, interval: 1000, seed: 3).places)
    }

    @Test("the table names plan and class, counts, and says what nobody knows")
    func table() {
        var part = DemoPart(name: "kill", begins: 0)
        part.sent = 40
        part.lost = 3
        for value in [1_500_000, 250_000_000] as [Int64] { part.stall.add(value) }
        let title = DemoTitle(plan: "reconnect-all", delivery: "fast", users: 50, seed: 9)
        let lines = DemoTable.lines(
            title, [DemoPart(name: "between", begins: 0), part, DemoPart(name: "end", begins: 0)],
            ink: Ink(isOn: false))
        #expect(lines[0] == "plan A (reconnect-all), class fast, 50 users, seed 9")
        #expect(lines.count == 4 && lines[2].hasPrefix("kill") && lines[3].hasPrefix("between"))
        let cells = lines[2].split(separator: " ")
        part.late = 700
        #expect(DemoTable.lines(title, [part], ink: Ink(isOn: false)).last?.contains("kill 700 ms") == true)
        #expect(cells.prefix(9) == ["kill", "40", "0", "1.5", "ms", "250", "ms", "250", "ms"] && cells.last == "-")
    }

    @Test("the picture is XML with a panel for each plan and a mark for each event, for light and dark")
    func picture() throws {
        var plot = DemoPlot()
        for _ in 0..<2 {
            for event in DemoHistories.events([
                (0, .phase("quiet")), (100, DemoHistories.sent(0)), (200, DemoHistories.got(0, sentAt: 100)),
                (900, .phase("kill")), (950, DemoHistories.told(0, .unknown)),
            ]) { plot.take(event) }
        }
        #expect(plot.panels.count == 2 && plot.panels[0].sent == [1] && plot.panels[0].unsure == [0, 1])
        let svg = plot.svg
        let parser = XMLCheck(svg)
        #expect(parser.isWellFormed)
        #expect(svg.components(separatedBy: "class=\"event\"").count == 3)
        #expect(svg.contains("prefers-color-scheme:dark"))
    }

    @Test("ticks are 1, 2 or 5 times a power of ten", arguments: [(0.3, 1.0), (3, 5), (10, 10), (11, 20), (499, 500)])
    func ticks(least: Double, tick: Double) { #expect(DemoPlot.tick(least) == tick) }

    @Test("a metric's samples are added; a metric that is not there is no zero")
    func metric() {
        let text = "# HELP a_b x\na_b{service=\"chat\"} 2\na_b{service=\"other\"} 3\na_bc 7\n"
        #expect(DemoQuestions.sample("a_b", in: text) == 5)
        #expect(DemoQuestions.sample("a_bc", in: text) == 7)
        #expect(DemoQuestions.sample("a", in: text) == nil)
    }
}

/// Whether tags are closed in order: enough to see that a text written by hand is XML.
struct XMLCheck {
    let isWellFormed: Bool

    init(_ text: String) {
        var open: [Substring] = []
        var isGood = true
        for piece in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
            guard let end = piece.firstIndex(of: ">") else {
                isGood = false
                continue
            }
            let tag = piece[..<end]
            let name = tag.prefix { $0 != " " && $0 != "/" }
            if tag.hasPrefix("/") {
                if open.popLast() != tag.dropFirst() { isGood = false }
            } else if !tag.hasSuffix("/") {
                open.append(name)
            }
        }
        isWellFormed = isGood && open.isEmpty
    }
}
