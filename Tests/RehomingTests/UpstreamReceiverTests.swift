import Testing

@testable import Rehoming

@Suite struct UpstreamReceiverTests {
    @Test func aMessageIsGivenOnce() {
        var receiver = UpstreamReceiver()
        #expect(receiver.take(1, limit: 8) == .give(ticket: 1))
        #expect(receiver.take(1, limit: 8) == .inWork)
        receiver.settle(1)
        #expect(receiver.take(1, limit: 8) == .settled(ticket: 1))
    }

    @Test func whatIsInWorkHoldsBackWhatIsBehindIt() {
        var receiver = UpstreamReceiver()
        for n in 1...4 { _ = receiver.take(UInt64(n), limit: 8) }
        receiver.settle(1)
        receiver.settle(3)
        let news = receiver.news()
        #expect(news?.through == 1)
        #expect(news?.also == [3])
        #expect(receiver.news() == nil)
        receiver.settle(2)
        #expect(receiver.news()?.through == 3)
    }

    @Test func aNewLegHearsOnlyOfWhatItBrought() {
        var receiver = UpstreamReceiver()
        for n in 1...3 { _ = receiver.take(UInt64(n), limit: 8) }
        for n in 1...3 { receiver.settle(UInt64(n)) }
        receiver.beginLeg()
        #expect(receiver.news() == nil)
        _ = receiver.take(2, limit: 8)
        #expect(receiver.news()?.through == 2)
    }

    @Test func anotherGatewayCountsFromOneAgain() {
        var receiver = UpstreamReceiver()
        _ = receiver.take(1, limit: 8)
        receiver.renew(.resumable)
        #expect(receiver.take(1, limit: 8) == .give(ticket: 2))
        receiver.settle(1)
        #expect(!receiver.isIdle)
        receiver.settle(2)
        #expect(receiver.isIdle)
    }

    @Test func aPlainClientsNumbersAreItsTicketsWhereverItWas() {
        var receiver = UpstreamReceiver()
        for n in 1...3 { _ = receiver.take(UInt64(n), limit: 8) }
        receiver.renew(.plain)
        #expect(receiver.take(9, limit: 8) == .give(ticket: 9))
    }

    @Test func moreThanAWindowIsTooMany() {
        var receiver = UpstreamReceiver()
        for n in 1...2 { _ = receiver.take(UInt64(n), limit: 2) }
        #expect(receiver.take(3, limit: 2) == .tooMany)
    }
}
