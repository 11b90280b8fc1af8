import SessionLink
import Testing

@testable import Rehoming

@Suite struct NodeMachineTests {
    typealias Harness = NodeHarness

    @Test func aNewSessionIsAttachedOpenedAndTold() {
        var node = Harness.settled()
        let actions = node.say(.attach(Harness.attach()), 10)
        #expect(
            actions == [
                .say(10, .attached), .open(Harness.session(1), user: Harness.alice),
                .say(10, .home(Harness.a, at: Position(epoch: 5, k: 0))),
            ])
    }

    @Test func anAcceptedMessageWasStoredAndADeliveredOneAcknowledged() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        let presented = node.forward(Harness.message(1))
        #expect(presented.delivered(10).map(\.position) == [Position(epoch: 5, k: 1)])
        #expect(presented.answers().isEmpty)
        #expect(node.say(.stored(through: Position(epoch: 5, k: 1)), 10).answers() == [1: [.accepted]])
        #expect(node.say(.received(through: Position(epoch: 5, k: 1)), 10).answers() == [1: [.delivered]])
    }

    @Test func acceptedWaitsForTheHomeToBeConfirmed() {
        var node = Harness.settled()
        let home = node.say(.attach(Harness.attach()), 10).home
        _ = node.forward(Harness.message(1))
        #expect(node.say(.stored(through: Position(epoch: 5, k: 1)), 10).answers().isEmpty)
        #expect(node.say(.received(through: home ?? .start), 10).answers() == [1: [.accepted]])
    }

    @Test func everySessionOfAUserGetsAMessageBeforeItIsAccepted() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(1), leg: 10)
        _ = node.enter(Harness.attach(2), leg: 11)
        let presented = node.forward(Harness.message(1))
        #expect(presented.delivered(10).count == 1)
        #expect(presented.delivered(11).count == 1)
        #expect(node.say(.stored(through: Position(epoch: 5, k: 1)), 10).answers().isEmpty)
        #expect(node.say(.stored(through: Position(epoch: 5, k: 1)), 11).answers() == [1: [.accepted]])
    }

    @Test func everyPathThatPresentedAMessageIsAnswered() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.forward(Harness.message(1, correlation: 70), link: 1)
        let again = node.forward(Harness.message(1, correlation: 80), link: 2)
        #expect(again.delivered(10).isEmpty)
        let actions = node.say(.stored(through: Position(epoch: 5, k: 1)), 10)
        #expect(actions.answers(1) == [70: [.accepted]])
        #expect(actions.answers(2) == [80: [.accepted]])
        let late = node.forward(Harness.message(1, correlation: 90), link: 3)
        #expect(late.answers(3) == [90: [.accepted]])
    }

    @Test func nobodyIsOfflineDuringTheGraceAndWhoComesGetsWhatWaited() {
        var node = Harness()
        _ = node.ring(WrittenMap(epoch: 5, others: Harness.a))
        #expect(node.forward(Harness.message(1)).isEmpty)
        let actions = node.say(.attach(Harness.attach()), 10)
        #expect(actions.delivered(10).map(\.key.n) == [1])
        let position = actions.delivered(10).first?.position ?? .start
        #expect(node.say(.stored(through: position), 10).answers().isEmpty)
        #expect(node.say(.received(through: position), 10).answers().isEmpty)
        #expect(node.graceOver(5).answers() == [1: [.accepted, .delivered]])
    }

    @Test func afterTheGraceWhoDidNotComeIsOfflineAndForgotten() {
        var node = Harness()
        _ = node.ring(WrittenMap(epoch: 5, others: Harness.a))
        _ = node.forward(Harness.message(1))
        #expect(node.wait(.seconds(4)).isEmpty)
        #expect(node.wait(.seconds(1)) == [.readRing(atLeast: 5)])
        #expect(node.ring(WrittenMap(epoch: 5, others: Harness.a)).answers() == [1: [.offline]])
        #expect(node.machine.rememberedUsers == 0)
    }

    @Test func nobodyIsOfflineByARingThatMayBeOld() {
        var node = Harness.settled()
        node.now = .seconds(9)
        #expect(node.forward(Harness.message(1)) == [.readRing(atLeast: 5)])
        let same = WrittenMap(epoch: 5, others: Harness.a)
        #expect(
            node.act { $0.ring(same, asOf: .seconds(8), now: $1, &$2) } == [.readRing(atLeast: 5)])
        #expect(
            node.ring(WrittenMap(epoch: 6, others: Harness.b)).answers() == [
                1: [.moved(epoch: 6, wasPresented: false)]
            ])
    }

    @Test func whoCannotReadTheRingSaysOfflineAfterAWhile() {
        var node = Harness.settled()
        _ = node.forward(Harness.message(1))
        #expect(node.wait(.seconds(1)).answers() == [1: [.offline]])
        #expect(node.machine.rememberedUsers == 0)
    }

    @Test func aMessageForAnotherNodesUserIsRefused() {
        var node = Harness.settled()
        _ = node.ring(WrittenMap(epoch: 6, others: Harness.b))
        #expect(
            node.forward(Harness.message(1)).answers() == [1: [.moved(epoch: 6, wasPresented: false)]])
    }

    @Test func aMessageOfANewerRingWaitsForIt() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        #expect(node.forward(Harness.message(1, epoch: 7)) == [.readRing(atLeast: 7)])
        #expect(node.forward(Harness.message(2, epoch: 7)) == [.readRing(atLeast: 7)])
        #expect(node.ring(WrittenMap(epoch: 7, others: Harness.a)).delivered(10).map(\.key.n) == [1, 2])
    }

    @Test func tooManyMessagesOfANewerRingDropTheirLink() {
        var bounds = RehomingBounds()
        bounds.messages = 1
        var node = Harness.settled(bounds: bounds)
        for n in 1...4 { _ = node.forward(Harness.message(UInt64(n), epoch: 7)) }
        #expect(node.forward(Harness.message(5, epoch: 7)).contains(.dropLink(1)))
        let answers = node.ring(WrittenMap(epoch: 7, others: Harness.b)).answers()
        #expect(answers.isEmpty)
    }

    @Test func aStreamOfAnOlderOwnershipStaysRefused() {
        var node = Harness.settled()
        _ = node.ring(WrittenMap(epoch: 6, others: Harness.b))
        _ = node.forward(Harness.message(1, epoch: 5))
        _ = node.ring(WrittenMap(epoch: 7, others: Harness.a))
        #expect(
            node.forward(Harness.message(2, epoch: 5)).answers() == [2: [.moved(epoch: 7, wasPresented: false)]])
        #expect(node.forward(Harness.message(1, epoch: 7)).answers().isEmpty)
    }

    @Test func anOlderRingIsIgnored() {
        var node = Harness.settled()
        _ = node.ring(WrittenMap(epoch: 4, others: Harness.b))
        #expect(node.say(.attach(Harness.attach()), 10).contains(.say(10, .attached)))
    }

    @Test func aFullOutboxIsBusyUntilTheClientAcknowledges() {
        var bounds = RehomingBounds()
        bounds.messages = 2
        var node = Harness.settled(bounds: bounds)
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.forward(Harness.message(1))
        _ = node.forward(Harness.message(2))
        _ = node.say(.stored(through: Position(epoch: 5, k: 2)), 10)
        #expect(node.forward(Harness.message(3)).answers() == [3: [.busy]])
        _ = node.say(.received(through: Position(epoch: 5, k: 1)), 10)
        #expect(node.forward(Harness.message(4)).delivered(10).count == 1)
    }

    @Test func whatWaitedDuringTheGraceComesInWindows() {
        var bounds = RehomingBounds()
        bounds.messages = 2
        var node = Harness(bounds: bounds)
        _ = node.ring(WrittenMap(epoch: 5, others: Harness.a))
        for n in 1...2 { _ = node.forward(Harness.message(UInt64(n))) }
        var attach = Harness.attach()
        attach.isNew = false
        attach.last = Position(epoch: 4, k: 3)
        attach.buffer = [
            KeptMessage(
                position: Position(epoch: 4, k: 3), key: MessageKey(sender: Harness.session(101), n: 1), frame: [1])
        ]
        let actions = node.say(.attach(attach), 10)
        #expect(actions.delivered(10).map(\.key.n) == [1])
        #expect(node.forward(Harness.message(3)).answers() == [3: [.busy]])
        let more = node.say(.received(through: actions.home ?? .start), 10)
        #expect(more.delivered(10).map(\.key.n) == [2])
    }

    @Test func aDuplicateCountsAsStoredByItsFormerCopy() {
        var node = Harness.settled()
        var attach = Harness.attach()
        attach.isNew = false
        attach.last = Position(epoch: 4, k: 3)
        attach.buffer = [
            KeptMessage(
                position: Position(epoch: 4, k: 3), key: MessageKey(sender: Harness.session(100), n: 1), frame: [1])
        ]
        let home = node.say(.attach(attach), 10).home ?? .start
        let position = node.forward(Harness.message(1)).delivered(10).first?.position ?? .start
        #expect(node.say(.duplicate(position), 10).answers().isEmpty)
        #expect(node.say(.received(through: home), 10).answers() == [1: [.accepted, .delivered]])
    }

    @Test func aDeclinedMessageIsBusy() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        let position = node.forward(Harness.message(1)).delivered(10).first?.position ?? .start
        #expect(node.say(.declined(position), 10).answers() == [1: [.busy]])
    }

    @Test func whatWasPresentedToASessionThatThenEndedIsUnconfirmed() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.forward(Harness.message(1))
        let actions = node.say(.close(code: 1000), 10)
        #expect(actions.answers() == [1: [.unconfirmed]])
        #expect(actions.contains(.ended(Harness.session(1), code: 1000)))
        #expect(node.machine.rememberedUsers == 0)
    }

    @Test func aClientsMessageIsGivenOnceAndTakenWhenSettled() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        let message = ToNode.message(n: 1, isAgain: false, isText: true, bytes: [1])
        #expect(
            node.say(message, 10) == [
                .message(Harness.session(1), n: 1, isAgain: false, isText: true, bytes: [1])
            ])
        #expect(node.say(message, 10).isEmpty)
        _ = node.act { $0.settled(Harness.session(1), upstream: 1, now: $1, &$2) }
        #expect(node.flush() == [.say(10, .taken(through: 1, also: []))])
        #expect(node.say(message, 10).isEmpty)
        #expect(node.flush() == [.say(10, .taken(through: 1, also: []))])
    }

    @Test func aMessageWithoutANumberFollowsTheLastOne() {
        var node = Harness.settled()
        var attach = Harness.attach()
        attach.isNew = false
        attach.nextNumber = 7
        _ = node.enter(attach, leg: 10)
        _ = node.say(.message(n: 4, isAgain: true, isText: true, bytes: []), 10)
        #expect(node.machine.began(on: 10) == .give(Harness.session(1), n: 7))
        #expect(node.machine.began(on: 10) == .give(Harness.session(1), n: 8))
        #expect(node.machine.began(on: 11) == .skip)
    }

    @Test func aUserWritesToItself() {
        var node = Harness.settled()
        _ = node.enter(Harness.attach(), leg: 10)
        _ = node.say(.message(n: 1, isAgain: false, isText: true, bytes: [1]), 10)
        let actions = node.send(Harness.session(1), 1, to: Harness.alice)
        let position = actions.delivered(10).first?.position ?? .start
        #expect(node.say(.stored(through: position), 10).results() == [.accepted])
        #expect(node.flush() == [.say(10, .taken(through: 1, also: []))])
        #expect(node.say(.received(through: position), 10).results() == [.delivered])
    }
}
