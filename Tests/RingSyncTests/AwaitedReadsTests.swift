import Reactor
import Testing

@testable import RingSync

struct AwaitedReadsTests {
    private final class Told: Sendable {
        private let names = Locked<[String]>([])
        var all: [String] { names.withLock { $0 } }
        func waiter(_ name: String) -> @Sendable () -> Void { { self.names.withLock { $0.append(name) } } }
    }

    @Test func whoAsksDuringAReadWaitsForTheNextOne() {
        let told = Told()
        var reads = AwaitedReads()
        reads.wait(told.waiter("first"))
        reads.begin()
        reads.wait(told.waiter("second"))
        for done in reads.end() { done() }
        #expect(told.all == ["first"])
        reads.begin()
        for done in reads.end() { done() }
        #expect(told.all == ["first", "second"])
    }

    @Test func aReadThatFailedTellsNobody() {
        let told = Told()
        var reads = AwaitedReads()
        reads.wait(told.waiter("one"))
        reads.begin()
        reads.fail()
        #expect(reads.end().isEmpty)
        reads.begin()
        for done in reads.end() { done() }
        #expect(told.all == ["one"])
    }
}
