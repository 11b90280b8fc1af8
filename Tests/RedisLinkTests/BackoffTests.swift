import Testing

@testable import RedisLink

@Suite struct BackoffTests {
    @Test("Each wait is below its doubling bound and never over the cap; all of the range is used")
    func bounds() {
        let seed = UInt64.random(in: .min ... .max)
        var reached = 0
        for start in 0..<200 {
            var backoff = Backoff(base: .milliseconds(50), cap: .seconds(2), seed: seed &+ UInt64(start))
            for attempt in 0..<100 {
                let bound = attempt < 6 ? Duration.milliseconds(50 << attempt) : .seconds(2)
                let wait = backoff.next()
                #expect(wait <= min(bound, .seconds(2)) && wait >= .milliseconds(5), "seed \(seed)")
                if attempt > 10, wait < .milliseconds(200) || wait > .milliseconds(1800) { reached += 1 }
            }
        }
        #expect(reached > 1000, "full jitter reaches both ends; seed \(seed)")
    }

    @Test("After a reset it begins small again")
    func reset() {
        var backoff = Backoff(base: .milliseconds(50), cap: .seconds(2), seed: 1)
        for _ in 0..<20 { _ = backoff.next() }
        backoff.reset()
        #expect(backoff.next() <= .milliseconds(50))
    }
}
