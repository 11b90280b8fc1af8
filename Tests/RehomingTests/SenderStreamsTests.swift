import SessionLink
import Testing

@testable import Rehoming

@Suite struct SenderStreamsTests {
    typealias Harness = NodeHarness

    private let sender = NodeHarness.session(1)

    /// Alice is here, bob elsewhere.
    private func node(bounds: RehomingBounds = .standard) -> Harness {
        var node = Harness(bounds: bounds)
        _ = node.ring(WrittenMap(epoch: 5, owners: [Harness.alice: Harness.a], others: Harness.b))
        _ = node.graceOver(5)
        _ = node.enter(Harness.attach(), leg: 10)
        return node
    }

    @Test func messagesGoToTheOwnerInOrder() {
        var node = node()
        #expect(node.send(sender, 1).forwards(to: Harness.b).map(\.key.n) == [1])
        let second = node.send(sender, 2, upstream: 2).forwards(to: Harness.b)
        #expect(second.map(\.key.n) == [2])
        #expect(node.answer(1, .accepted).results() == [.accepted])
        #expect(node.answer(1, .delivered).results() == [.delivered])
        #expect(node.answer(1, .delivered).results().isEmpty)
    }

    @Test func aRefusalSendsAllAgainInOrder() {
        var node = node()
        for n in 1...3 { _ = node.send(sender, UInt64(n), upstream: UInt64(n)) }
        #expect(node.answer(2, .moved(epoch: 6, wasPresented: false), epoch: 6).contains(.readRing(atLeast: 6)))
        let again = node.ring(WrittenMap(epoch: 6, owners: [Harness.alice: Harness.a], others: Harness.c))
            .forwards(to: Harness.c)
        #expect(again.map(\.key.n) == [1, 2, 3])
        #expect(again.map(\.isAgain) == [true, false, false])
        #expect(node.answer(1, .accepted).results().isEmpty)
    }

    @Test func whatIsNewDoesNotPassWhatIsOlderByItsEpoch() {
        var node = node()
        _ = node.send(sender, 1)
        _ = node.ring(WrittenMap(epoch: 6, owners: [Harness.alice: Harness.a], others: Harness.b))
        #expect(node.send(sender, 2, upstream: 2).forwards(to: Harness.b).map(\.epoch) == [5])
        let again = node.answer(1, .moved(epoch: 6, wasPresented: false), epoch: 6).forwards(to: Harness.b)
        #expect(again.map(\.epoch) == [6, 6])
        #expect(again.map(\.key.n) == [1, 2])
    }

    @Test func aFailureOfWhatWasPresentedIsUnknown() {
        var node = node()
        _ = node.send(sender, 1)
        _ = node.act { $0.peerLost(Harness.b, now: $1, &$2) }
        let again = node.wait(.milliseconds(20)).forwards(to: Harness.b)
        #expect(again.map(\.isAgain) == [true])
        #expect(node.answer(again.first?.correlation ?? 0, .offline).results() == [.unknown])
    }

    @Test func aFailureOfWhatWasNeverPresentedIsAFailure() {
        var node = node()
        _ = node.send(sender, 1)
        #expect(node.answer(1, .offline).results() == [.offline])
        _ = node.send(sender, 2, upstream: 2, isAgain: true)
        #expect(node.answer(2, .offline).results() == [.unknown])
    }

    @Test func theSameMessageAgainJoinsTheFirst() {
        var node = node()
        _ = node.say(.message(n: 1, isAgain: false, isText: true, bytes: []), 10)
        _ = node.say(.message(n: 2, isAgain: false, isText: true, bytes: []), 10)
        _ = node.send(sender, 1, upstream: 1)
        #expect(node.send(sender, 1, upstream: 2).isEmpty)
        #expect(node.answer(1, .accepted).results() == [.accepted])
        #expect(node.flush() == [.say(10, .taken(through: 2, also: []))])
    }

    @Test func whatCannotBeDeliveredInTimeIsGivenUp() {
        var node = node()
        _ = node.ring(WrittenMap(epoch: 6, owners: [Harness.alice: Harness.a]))
        _ = node.send(sender, 1)
        var results: [SendOutcome] = []
        for _ in 0..<31 { results += node.wait(.seconds(1)).results() }
        #expect(results == [.unreachable])
        #expect(node.machine.streams.streams.count == 0)
    }

    @Test func acceptedMessagesOfALostOwnerAreUnknown() {
        var node = node()
        _ = node.send(sender, 1)
        _ = node.answer(1, .accepted)
        #expect(node.act { $0.peerLost(Harness.b, now: $1, &$2) }.results() == [.unknown])
    }

    @Test func aLeavingSessionTakesItsMessagesAlong() {
        var node = node()
        _ = node.send(sender, 1)
        _ = node.say(.detach(epoch: 5), 10)
        #expect(node.machine.streams.streams.count == 0)
        #expect(node.answer(1, .accepted).isEmpty)
    }

    @Test func aResultThatALegLostIsSaidAgain() {
        var node = node()
        _ = node.say(.message(n: 1, isAgain: false, isText: true, bytes: []), 10)
        _ = node.send(sender, 1)
        _ = node.lose(10)
        #expect(node.answer(1, .accepted).results().isEmpty)
        var again = Harness.attach()
        again.isNew = false
        #expect(node.enter(again, leg: 11).results() == [.accepted])
        #expect(node.flush().isEmpty)
        #expect(node.say(.message(n: 1, isAgain: true, isText: true, bytes: []), 11).results() == [.accepted])
        #expect(node.flush() == [.say(11, .taken(through: 1, also: []))])
    }

    @Test func aSessionThatSendsTooMuchIsToldSo() {
        var bounds = RehomingBounds()
        bounds.messages = 1
        var node = node(bounds: bounds)
        for n in 1...4 { #expect(node.send(sender, UInt64(n)).results().isEmpty) }
        #expect(node.send(sender, 5).results() == [.busy])
    }
}
