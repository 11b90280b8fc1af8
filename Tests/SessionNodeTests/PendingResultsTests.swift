import Reactor
import Testing

@testable import SessionNode

@Suite struct PendingResultsTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000)
    private let alice = SessionRef(index: 7, generation: 1)

    private func ask(
        _ pending: inout PendingResults, _ id: String, by route: Int = 0, at time: MonotonicTime
    ) -> UInt64? {
        Array(id.utf8).withUnsafeBytes { pending.ask(.session(alice), id: $0, byteCount: 100, by: route, now: time) }
    }

    @Test func `an answer ends its question once and names who waits`() throws {
        var pending = PendingResults()
        let first = try #require(ask(&pending, "m1", at: start))
        let second = try #require(ask(&pending, "m2", at: start))
        let result = pending.answer(second, .delivered)
        #expect(result == .init(waiter: .session(alice), id: Array("m2".utf8), status: .delivered))
        #expect(pending.answer(second, .delivered) == nil, "answered twice")
        #expect(pending.answer(first, .offline)?.status == .offline)
        #expect(pending.count == 0)
    }

    @Test func `a place that was taken again does not know the old correlation`() throws {
        var pending = PendingResults()
        let first = try #require(ask(&pending, "m1", at: start))
        _ = pending.answer(first, .delivered)
        let second = try #require(ask(&pending, "m2", at: start))
        #expect(UInt32(truncatingIfNeeded: first) == UInt32(truncatingIfNeeded: second))
        #expect(pending.answer(first, .offline) == nil)
        #expect(pending.answer(second, .offline)?.id == Array("m2".utf8))
    }

    @Test func `unanswered questions end as unknown exactly at their deadline, oldest first`() throws {
        var pending = PendingResults(patience: .seconds(5))
        _ = try #require(ask(&pending, "m1", at: start))
        _ = try #require(ask(&pending, "m2", at: start + .seconds(1)))
        #expect(pending.expire(now: start + .milliseconds(4999)) == nil)
        let expired = pending.expire(now: start + .seconds(5))
        #expect(expired?.id == Array("m1".utf8) && expired?.status == .unknown)
        #expect(pending.expire(now: start + .seconds(5)) == nil)
        #expect(pending.expire(now: start + .seconds(6))?.id == Array("m2".utf8))
    }

    @Test func `a lost route ends its own questions and no others`() throws {
        var pending = PendingResults()
        for (id, route) in [("a", 0), ("b", 1), ("c", 0), ("d", 2)] {
            _ = try #require(ask(&pending, id, by: route, at: start))
        }
        let lost = pending.lose(0, as: .rejected(.unreachable))
        #expect(lost.map { String(decoding: $0.id, as: UTF8.self) } == ["a", "c"])
        #expect(lost.allSatisfy { $0.status == .rejected(.unreachable) })
        #expect(pending.count == 2)
        #expect(pending.lose(0).isEmpty && pending.lose(99).isEmpty)
    }

    @Test func `past the bound of a route nothing more is asked until something is answered`() throws {
        var pending = PendingResults(boundPerRoute: 2)
        let first = try #require(ask(&pending, "m1", at: start))
        _ = try #require(ask(&pending, "m2", at: start))
        #expect(ask(&pending, "m3", at: start) == nil)
        #expect(ask(&pending, "other route", by: 1, at: start) != nil)
        _ = pending.answer(first, .delivered)
        #expect(ask(&pending, "m3", at: start) != nil)
    }

    @Test func `past the bound of bytes only a single question is taken`() throws {
        var pending = PendingResults(byteBoundPerRoute: 99)
        let only = try #require(ask(&pending, "large", at: start), "one question alone may be larger")
        #expect(ask(&pending, "m2", at: start) == nil)
        _ = pending.answer(only, .delivered)
        #expect(ask(&pending, "m2", at: start) != nil)
    }

    @Test func `of several addressees the first who delivered decides, else all must have answered`() throws {
        func several(_ pending: inout PendingResults) -> UInt64? {
            Array("m".utf8).withUnsafeBytes {
                pending.ask(.session(alice), id: $0, byteCount: 1, by: 0, addressees: 3, now: start)
            }
        }
        var pending = PendingResults()
        let first = try #require(several(&pending))
        #expect(pending.answer(first, .offline) == nil)
        #expect(pending.answer(first, .delivered)?.status == .delivered)
        #expect(pending.answer(first, .offline) == nil)
        let second = try #require(several(&pending))
        #expect(pending.answer(second, .offline) == nil)
        #expect(pending.answer(second, .unknown) == nil)
        #expect(pending.answer(second, .offline)?.status == .unknown, "one of them may have delivered")
        let third = try #require(several(&pending))
        for _ in 0..<2 { #expect(pending.answer(third, .offline) == nil) }
        #expect(pending.answer(third, .offline)?.status == .offline)
        #expect(pending.count == 0)
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func `every question ends exactly once, whatever happens`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var pending = PendingResults(patience: .seconds(5), boundPerRoute: 64)
        var now = start
        var open: [UInt64: String] = [:]
        var ends: [String: Int] = [:]
        var asked: [String] = []
        for step in 0..<5000 {
            now = now + .milliseconds(Int.random(in: 0..<40, using: &random))
            let id = "m\(step)"
            if let correlation = ask(&pending, id, by: Int.random(in: 0..<3, using: &random), at: now) {
                #expect(open[correlation] == nil, "seed \(seed): a correlation was given twice")
                open[correlation] = id
                asked.append(id)
            }
            func note(_ result: PendingResults.Result) {
                ends[String(decoding: result.id, as: UTF8.self), default: 0] += 1
            }
            if Int.random(in: 0..<3, using: &random) > 0,
                let (correlation, id) = open.min(by: { $0.value < $1.value })
            {
                open[correlation] = nil
                if let result = pending.answer(correlation, .delivered) {
                    #expect(result.id == Array(id.utf8), "seed \(seed)")
                    note(result)
                }
            }
            if step % 500 == 499 { pending.lose(step / 500 % 3).forEach(note) }
            while let result = pending.expire(now: now) { note(result) }
        }
        while let result = pending.expire(now: now + .seconds(6)) {
            ends[String(decoding: result.id, as: UTF8.self), default: 0] += 1
        }
        #expect(pending.count == 0)
        #expect(ends.count == asked.count && ends.values.allSatisfy { $0 == 1 }, "seed \(seed)")
    }
}
