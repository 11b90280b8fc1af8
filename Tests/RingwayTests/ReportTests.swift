import Testing

@testable import ringway

@Suite("What is counted and shown")
struct ReportTests {
    @Test("a quantile is at most a sixty-fourth above the value it stands for", arguments: [1, 2, 3] as [UInt64])
    func quantiles(seed: UInt64) {
        var state = seed
        var values: [Int64] = []
        var histogram = Histogram()
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // From nanoseconds to minutes, evenly over the powers of two.
            let value = Int64(1 << (state >> 58 & 35)) + Int64(state >> 20 & 0xff)
            values.append(value)
            histogram.add(value)
        }
        values.sort()
        for part in [0.5, 0.9, 0.99, 0.999, 1] {
            let exact = values[max(0, Int((part * Double(values.count)).rounded(.up)) - 1)]
            let shown = histogram.quantile(part)
            #expect(shown >= exact && Double(shown) <= Double(exact) * (1 + 1 / 64) + 1, "seed \(seed), part \(part)")
        }
        #expect(histogram.count == 20_000)
    }

    @Test("extreme durations are counted too")
    func extremes() {
        var histogram = Histogram()
        for value in [-5, 0, .max] as [Int64] { histogram.add(value) }
        #expect(histogram.quantile(0.5) == 0)
        #expect(histogram.quantile(1) == .max)
        #expect(Histogram().quantile(0.5) == 0)
    }

    @Test("send times come out in the order they went in, however often the queue grows")
    func times() {
        var queue = TimeQueue(capacity: 1)
        for time in 0..<3 as Range<Int64> { queue.push(time) }
        #expect(queue.pop() == 0)
        for time in 3..<100 as Range<Int64> { queue.push(time) }
        #expect((1..<100).allSatisfy { queue.pop() == $0 })
        #expect(queue.pop() == nil)
    }

    @Test("lines are cut at line feeds, whatever pieces they come in, and never grow for ever")
    func lines() {
        var buffer = LineBuffer()
        #expect(buffer.append("ab".utf8) == [])
        #expect(buffer.append("c\r\n\nde\nf".utf8) == ["abc", "de"])
        #expect(buffer.end() == "f")
        let long = buffer.append(Array(repeating: UInt8(ascii: "x"), count: 3 * LineBuffer.maxLineBytes))
        #expect(long.map(\.utf8.count) == [LineBuffer.maxLineBytes, LineBuffer.maxLineBytes])
    }

    @Test("only a ready line is a ready line")
    func ready() {
        #expect(ReadyNotice(line: #"{"ready":true,"role":"registry","http":"127.0.0.1:1"}"#)?.http == "127.0.0.1:1")
        #expect(ReadyNotice(line: #"{"ready":false,"role":"registry"}"#) == nil)
        #expect(ReadyNotice(line: "ready") == nil)
        #expect(ReadyNotice(line: #"{"level":"info"}"#) == nil)
    }

    @Test("columns are aligned to the side they were given")
    func table() {
        var table = TextTable(["node", "n"], sides: [.left, .right], ink: Ink(isOn: false))
        table.add(["a", "100"])
        table.add(["long-name"])
        #expect(table.lines == ["node         n", "a          100", "long-name"])
    }

    @Test("a bar is as long as its share")
    func bar() {
        #expect(Bar.text(1, of: 1, width: 4) == "████")
        #expect(Bar.text(1, of: 2, width: 4) == "██")
        #expect(Bar.text(0.31, of: 1, width: 4) == "█▎")
        #expect(Bar.text(0, of: 0, width: 4) == "")
    }

    @Test(
        "numbers of reports have two digits in every locale",
        arguments: [(6.094, "6.09"), (0.005, "0.01"), (-1.5, "-1.50"), (1234, "1234.00")])
    func rounded(value: Double, text: String) { #expect(Rounded.text(value) == text) }

    @Test("an echo must be the very message that was due")
    func echo() throws {
        let plan = LoadPlan(
            kind: .echo, doors: [], user: "u{i}", connections: 1, size: 12, window: 1, rate: nil, warmup: .zero,
            duration: .zero, loops: 1)
        let member = LoadMember(0, plan: plan, partner: nil)
        member.stamp(at: 1)
        let first = member.payload
        #expect(first.withUnsafeBytes { member.matches($0) })
        var changed = first
        changed[11] ^= 1
        #expect(!changed.withUnsafeBytes { member.matches($0) })
        #expect(!first.dropLast().withUnsafeBytes { member.matches($0) })
        member.expected = 1
        #expect(!first.withUnsafeBytes { member.matches($0) })
    }

    @Test("a message to a partner carries its number as its id and at the start of its data")
    func pair() {
        let plan = LoadPlan(
            kind: .pairs, doors: [], user: "u{i}", connections: 2, size: 10, window: 1, rate: nil, warmup: .zero,
            duration: .zero, loops: 1)
        let member = LoadMember(0, plan: plan, partner: "u1")
        for time in 0...0x1f { member.stamp(at: Int64(time)) }
        #expect(
            String(decoding: member.payload, as: UTF8.self)
                == #"{"type":"send","id":"0000001f","to":"u1","data":"0000001fij"}"#)
    }
}
