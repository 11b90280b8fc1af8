import Logging
import Testing

@testable import Operations

@Suite struct LineLimitTests {
    @Test func `ten lines of a kind a second are written, and the next tells how many were not`() {
        var limit = LineLimit()
        for _ in 0..<10 { #expect(limit.decide("storm", at: 5) == .write(suppressed: 0)) }
        for _ in 0..<990 { #expect(limit.decide("storm", at: 5) == .suppress) }
        #expect(limit.decide("storm", at: 6) == .write(suppressed: 990))
        #expect(limit.decide("storm", at: 6) == .write(suppressed: 0))
    }

    @Test func `a storm of one kind hides no other`() {
        var limit = LineLimit()
        for _ in 0..<1000 { _ = limit.decide("storm", at: 5) }
        #expect(limit.decide("a node is down", at: 5) == .write(suppressed: 0))
    }

    @Test func `kinds without end cost no memory without end`() {
        var limit = LineLimit()
        var written = 0
        for number in 0..<10_000 where limit.decide("kind \(number)", at: 5) != .suppress { written += 1 }
        #expect(written == LineLimit.mostKinds + LineLimit.perSecond)
    }

    @Test func `debug lines and last words are never thinned out`() {
        let sink = LogSink(descriptor: -1)
        let lines = LogLines(label: "test", sink: sink, format: .json, level: .trace)
        let logger = Logger(label: "test") { _ in lines }
        for _ in 0..<100 {
            logger.debug("x")
            logger.critical("y")
        }
        #expect(sink.suppressedLines == 0)
        for _ in 0..<100 { logger.info("z") }
        // The clock may have gone on to another second in between, twice at most.
        #expect((70...90).contains(sink.suppressedLines))
    }
}
