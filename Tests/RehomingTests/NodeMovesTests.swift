import SessionLink
import Testing

@testable import Rehoming

@Suite struct NodeMovesTests {
    typealias Harness = NodeHarness

    private let away = WrittenMap(epoch: 6, others: NodeHarness.b)

    @Test func aDetachedSessionIsSettledFrozenAndReleased() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.say(.message(n: 1, isAgain: false, isText: true, bytes: []), 10)
        #expect(node.say(.detach(epoch: 6), 10) == [.readRing(atLeast: 6)])
        #expect(node.ring(away).isEmpty)
        let actions = node.act { $0.settled(Harness.session(1), upstream: 1, now: $1, &$2) }
        #expect(
            actions == [.say(10, .taken(through: 1, also: [])), .say(10, .released(epoch: 6, state: [7]))])
    }

    @Test func aSessionThatIsNotAnsweredInTimeIsReleasedAllTheSame() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.say(.message(n: 1, isAgain: false, isText: true, bytes: []), 10)
        _ = node.ring(away)
        #expect(node.say(.detach(epoch: 6), 10).isEmpty)
        #expect(node.wait(.milliseconds(150)) == [.say(10, .released(epoch: 6, state: [7]))])
    }

    @Test func aLostUserTakesItsUnconfirmedMessagesBack() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.forward(Harness.message(1))
        #expect(node.ring(away).answers() == [1: [.moved(epoch: 6, wasPresented: true)]])
    }

    @Test func messagesWaitWhileADetachNamesANewerRing() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.say(.detach(epoch: 6), 10)
        #expect(node.forward(Harness.message(1)) == [.readRing(atLeast: 6)])
        #expect(node.ring(away).answers() == [1: [.moved(epoch: 6, wasPresented: false)]])
    }

    @Test func whoSkippedRingsGivesGraceToAll() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        var map = WrittenMap(epoch: 8, others: Harness.a, previous: 7)
        _ = node.ring(map)
        let position = node.forward(Harness.message(1, epoch: 8)).delivered(10).first?.position ?? .start
        #expect(node.say(.stored(through: position), 10).answers().isEmpty)
        #expect(
            node.forward(Harness.message(2, epoch: 7)).answers() == [2: [.moved(epoch: 8, wasPresented: false)]])
        #expect(node.graceOver(8).answers() == [1: [.accepted]])
        map = WrittenMap(epoch: 9, others: Harness.a, previous: 8)
        _ = node.ring(map)
        let next = node.forward(Harness.message(3, epoch: 8)).delivered(10).first?.position ?? .start
        #expect(node.say(.stored(through: next), 10).answers() == [3: [.accepted]])
    }

    @Test func aSessionThatNobodyTakesAwayIsGivenUp() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.ring(away)
        #expect(node.machine.misplaced == 1)
        #expect(node.wait(.seconds(3)).contains(.say(10, .released(epoch: 6, state: [7]))))
        #expect(node.machine.misplaced == 0)
    }

    @Test func aReleasedSessionIsAdoptedWithItsState() {
        var node = Harness.settled()
        var attach = Harness.attach()
        attach.isNew = false
        attach.isReleased = true
        attach.state = [3]
        #expect(
            node.say(.attach(attach), 10).contains(
                .adopt(Harness.session(1), user: Harness.alice, state: [3], isRecovered: true)))
    }

    @Test func anAttachOfANewerRingWaitsForIt() {
        var node = Harness.settled()
        let actions = node.say(.attach(Harness.attach(epoch: 6)), 10)
        #expect(actions == [.readRing(atLeast: 6)])
        #expect(node.ring(WrittenMap(epoch: 6, others: Harness.a)).contains(.say(10, .attached)))
    }

    @Test func anAttachToTheWrongNodeIsRefused() {
        var node = Harness.settled()
        _ = node.ring(away)
        #expect(node.say(.attach(Harness.attach()), 10) == [.say(10, .moved(epoch: 6))])
    }

    @Test func theNewestGenerationWins() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        var newer = Harness.attach()
        newer.generation = 1
        newer.isNew = false
        newer.isSynced = false
        newer.home = Harness.a
        let actions = node.say(.attach(newer), 11)
        #expect(actions.first == .say(10, .superseded))
        #expect(actions.contains(.say(11, .attached)))
        #expect(node.say(.attach(Harness.attach()), 12) == [.say(12, .superseded)])
    }

    @Test func whatALostLegDidNotStoreIsPresentedAgain() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.forward(Harness.message(1))
        _ = node.forward(Harness.message(2))
        _ = node.say(.stored(through: Position(epoch: 5, k: 1)), 10)
        _ = node.lose(10)
        var again = Harness.attach()
        again.isNew = false
        again.home = Harness.a
        again.last = Position(epoch: 5, k: 1)
        again.buffer = [
            KeptMessage(
                position: Position(epoch: 5, k: 1), key: MessageKey(sender: Harness.session(100), n: 1), frame: [])
        ]
        let actions = node.enter(again, leg: 11)
        #expect(actions.delivered(11).map(\.key.n) == [2])
        #expect(!actions.contains { if case .adopt = $0 { true } else { false } })
    }

    @Test func aResumedSessionGetsItsBacklogFromHere() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        for n in 1...3 { _ = node.forward(Harness.message(UInt64(n))) }
        #expect(node.say(.stored(through: Position(epoch: 5, k: 3)), 10).answers().count == 3)
        #expect(node.lose(10).isEmpty)
        var resumed = Harness.attach()
        resumed.generation = 1
        resumed.isNew = false
        resumed.isSynced = false
        resumed.home = Harness.a
        resumed.last = Position(epoch: 5, k: 1)
        let actions = node.say(.attach(resumed), 11)
        #expect(actions.delivered(11).map(\.key.n) == [2, 3])
        #expect(actions.home == Position(epoch: 5, k: 4))
        #expect(actions.answers() == [1: [.delivered]])
    }

    @Test func aResumedSessionsBacklogIsFetchedFromItsHome() {
        var node = Harness.settled()
        var resumed = Harness.attach()
        resumed.generation = 1
        resumed.isNew = false
        resumed.isSynced = false
        resumed.home = Harness.b
        resumed.last = Position(epoch: 4, k: 1)
        _ = node.ring(WrittenMap(epoch: 6, others: Harness.a, known: [Harness.b]))
        let asked = node.say(.attach(resumed), 11)
        let request = FetchRequest(
            session: Harness.session(1), incarnation: 1, generation: 1, user: Harness.alice, epoch: 6)
        #expect(asked == [.say(11, .attached), .send(Harness.b, .fetch(request))])
        #expect(node.forward(Harness.message(9, epoch: 6)).isEmpty)
        let kept = (1...2).map { n in
            KeptMessage(
                position: Position(epoch: 4, k: UInt64(n)),
                key: MessageKey(sender: Harness.session(100), n: UInt64(n)), frame: [])
        }
        let actions = node.act {
            $0.answered(
                .fetched(session: Harness.session(1), generation: 1, SessionState(outbox: kept, state: [5])),
                by: Harness.b, now: $1, &$2)
        }
        #expect(actions.delivered(11).map(\.key.n) == [2, 9])
        #expect(
            actions.contains(.adopt(Harness.session(1), user: Harness.alice, state: [5], isRecovered: true)))
    }

    @Test func aHomeThatDoesNotAnswerIsDoneWithout() {
        var node = Harness.settled()
        _ = node.ring(WrittenMap(epoch: 6, others: Harness.a, known: [Harness.b]))
        var resumed = Harness.attach()
        resumed.isNew = false
        resumed.isSynced = false
        resumed.home = Harness.b
        _ = node.say(.attach(resumed), 11)
        _ = node.act { $0.peerLost(Harness.b, now: $1, &$2) }
        let again = node.wait(.milliseconds(20))
        #expect(again.count == 1)
        let actions = node.wait(.seconds(3))
        #expect(
            actions.contains(.adopt(Harness.session(1), user: Harness.alice, state: nil, isRecovered: false)))
    }

    @Test func aFetchCutsTheFormerLegAndGivesWhatWasStored() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.forward(Harness.message(1))
        _ = node.forward(Harness.message(2))
        _ = node.say(.stored(through: Position(epoch: 5, k: 1)), 10)
        let request = FetchRequest(
            session: Harness.session(1), incarnation: 1, generation: 1, user: Harness.alice, epoch: 5)
        let actions = node.fetch(request)
        #expect(actions.first == .say(10, .superseded))
        guard case .answer(9, .fetched(_, 1, let state)) = actions.last else {
            Issue.record("no answer: \(actions)")
            return
        }
        #expect(state?.outbox.map(\.key.n) == [1])
        #expect(state?.state == [7])
        #expect(node.say(.stored(through: Position(epoch: 5, k: 2)), 10).isEmpty)
        #expect(node.say(.attach(Harness.attach()), 12) == [.say(12, .superseded)])
    }

    @Test func anotherRunsStateIsUnknown() {
        var node = Harness.settled()
        let request = FetchRequest(
            session: Harness.session(1), incarnation: 2, generation: 1, user: Harness.alice, epoch: 5)
        #expect(node.fetch(request) == [.answer(9, .fetched(session: Harness.session(1), generation: 1, nil))])
    }

    @Test func aSessionWithoutGatewayIsKeptForAWhileAndThenEnds() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        #expect(node.say(.close(code: 1006), 10).isEmpty)
        #expect(node.forward(Harness.message(1)).answers().isEmpty)
        let actions = node.wait(.seconds(30))
        #expect(actions.contains(.ended(Harness.session(1), code: 1006)))
        #expect(actions.contains(.readRing(atLeast: 5)))
        #expect(node.ring(WrittenMap(epoch: 5, others: Harness.a)).answers() == [1: [.offline]])
        #expect(node.machine.rememberedUsers == 0)
    }
}
