import ClusterModel
import SessionLink
import Testing

@testable import Rehoming

@Suite struct GatewayMoveTests {
    @Test func aPlannedMoveWaitsForThePaceAndTakesTheStateAlong() {
        var bench = GatewayBench.homed()
        #expect(bench.ring(2, .b) == [.wantMove])
        #expect(bench.machine.isStalled == false)
        #expect(bench.machine.isPlaced == false)
        #expect(bench.move().said == [.detach(epoch: 2)])
        let actions = bench.heard(.released(epoch: 2, state: [1, 2]))
        #expect(actions.attaches.map(\.home) == [.b])
        let attach = actions.attaches.first?.attach
        #expect(attach?.state == [1, 2])
        #expect(attach?.isReleased == true)
        #expect(attach?.isSynced == true)
        #expect(attach?.isNew == false)
        #expect(attach?.home == .a)
        #expect(bench.heard(.attached) == [])
        #expect(bench.heard(.home(.b, at: Position(epoch: 2, k: 0))).contains(.moveDone))
    }

    @Test func theStateGoesToOneOwnerOnly() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        _ = bench.heard(.released(epoch: 2, state: [1]))
        // b never answered, so c gets it; but what c attached is c's.
        let toC = bench.ring(3, .c)
        #expect(toC.attaches.first?.attach.state == [1])
        #expect(toC.attaches.first?.attach.isReleased == true)
        _ = bench.heard(.attached)
        let toA = bench.ring(4, .a) + bench.heard(.home(.c, at: Position(epoch: 3, k: 0))) + bench.lost() + bench.move()
        #expect(toA.attaches.first?.attach.state == nil)
        #expect(toA.attaches.first?.attach.isReleased == false)
    }

    @Test func messagesWhileMovingGoWithTheReplayInOrder() {
        var bench = GatewayBench.homed()
        #expect(bench.send("one") == .send(n: 1))
        #expect(bench.send("two") == .send(n: 2))
        _ = bench.heard(.taken(through: 1, also: []))
        _ = bench.ring(2, .b)
        #expect(bench.send("three") == .send(n: 3))
        _ = bench.move()
        #expect(bench.send("four") == .kept(n: 4))
        _ = bench.heard(.taken(through: 1, also: [3]))
        let attach = bench.heard(.released(epoch: 2, state: nil)).attaches.first?.attach
        #expect(attach?.nextNumber == 5)
        #expect(bench.send("five") == .kept(n: 5))
        #expect(
            bench.heard(.attached).said == [
                .message(n: 2, isAgain: true, isText: true, bytes: Array("two".utf8)),
                .message(n: 4, isAgain: false, isText: true, bytes: Array("four".utf8)),
                .message(n: 5, isAgain: false, isText: true, bytes: Array("five".utf8)),
            ])
        #expect(bench.send("six") == .send(n: 6))
    }

    @Test func aFormerOwnerThatDoesNotAnswerIsCalledDeadAndItsLateWordIsNotHeard() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        let actions = bench.wait(.seconds(1))
        #expect(actions.prefix(2) == [.dropLeg(1), .suspect(.a)])
        #expect(actions.attaches.first?.attach.isReleased == false)
        #expect(bench.heard(.released(epoch: 2, state: [9]), on: 1) == [])
        #expect(bench.machine.isReleasedForTests == false)
    }

    @Test func aRingThatGoesBackBeforeTheSlotTakesTheWishBack() {
        var bench = GatewayBench.homed()
        #expect(bench.ring(2, .b) == [.wantMove])
        #expect(bench.ring(3, .a) == [.moveDone])
        #expect(bench.ring(4, .c) == [.wantMove])
        #expect(bench.move().said == [.detach(epoch: 4)])
    }

    @Test func aRingThatGoesBackWhileReleasingAttachesTheOldOwnerAgain() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        #expect(bench.ring(3, .a) == [])
        #expect(bench.heard(.released(epoch: 3, state: [4])).attaches.map(\.home) == [.a])
    }

    @Test func aRingChangeWhileReleasingGoesToTheNewestOwner() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        _ = bench.ring(3, .c)
        #expect(bench.heard(.released(epoch: 2, state: nil)).attaches.map(\.home) == [.c])
    }

    @Test func releasedUnaskedByANewerRingWaitsForThatRing() {
        var bench = GatewayBench.homed()
        let actions = bench.heard(.released(epoch: 2, state: [5]))
        #expect(actions == [.dropLeg(1), .readRing(atLeast: 2)])
        #expect(bench.machine.isStalled)
        #expect(bench.ring(2, .b) == [.wantMove])
        let attach = bench.move().attaches.first?.attach
        #expect(attach?.state == [5])
        #expect(attach?.isReleased == true)
    }

    @Test func releasedUnaskedWhileAskingThePaceBecomesUrgent() {
        var bench = GatewayBench.homed()
        #expect(bench.ring(2, .b) == [.wantMove])
        #expect(bench.heard(.released(epoch: 2, state: nil)) == [.dropLeg(1), .wantMove])
        #expect(bench.machine.isStalled)
        #expect(bench.move().attaches.map(\.home) == [.b])
    }

    @Test func releasedUnaskedByTheRightOwnerIsAskedAgainAfterAPause() {
        var bench = GatewayBench.homed()
        #expect(bench.heard(.released(epoch: 1, state: nil)) == [.dropLeg(1)])
        #expect(bench.waitForDeadline() == [.wantMove])
    }

    @Test func aRingChangeWhileCatchingUpMovesOn() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        _ = bench.heard(.attached)
        #expect(bench.ring(2, .b) == [.wantMove])
        #expect(bench.move().said == [.detach(epoch: 2)])
        // What the former owner still says counts.
        #expect(bench.heard(.home(.a, at: Position(epoch: 1, k: 0))).count == 1)
        #expect(bench.heard(.released(epoch: 2, state: nil)).attaches.first?.attach.home == .a)
    }

    @Test func aSecondMoveAsksThePaceAgain() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        _ = bench.heard(.released(epoch: 2, state: nil))
        _ = bench.heard(.attached)
        #expect(bench.ring(3, .c) == [])
        let actions = bench.heard(.home(.b, at: Position(epoch: 2, k: 0)))
        #expect(actions.suffix(2) == [.moveDone, .wantMove])
    }

    @Test func aSlotThatComesTooLateIsGivenBack() {
        var bench = GatewayBench.homed()
        #expect(bench.move() == [.moveDone])
    }
}

extension GatewaySessionMachine {
    var isReleasedForTests: Bool { isReleased }
}
