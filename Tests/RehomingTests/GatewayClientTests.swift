import ClusterModel
import SessionLink
import Testing

@testable import Rehoming

@Suite struct GatewayClientTests {
    private var few: RehomingBounds {
        var bounds = RehomingBounds()
        bounds.messages = 4
        bounds.bytes = 100
        bounds.marks = 2
        return bounds
    }

    @Test func aFullWindowStopsTheClientUntilHalfOfItIsFree() {
        var bench = GatewayBench.homed(bounds: few)
        for n in 1...4 { #expect(bench.send("m") == .send(n: UInt64(n))) }
        #expect(bench.send("m") == .full)
        #expect(bench.heard(.taken(through: 1, also: [])) == [])
        #expect(bench.heard(.taken(through: 2, also: [])) == [.readAgain])
        #expect(bench.send("m") == .send(n: 5))
        #expect(bench.heard(.taken(through: 3, also: [])) == [])
    }

    @Test func oneMessageMayBeLongerThanAllThatIsKept() {
        var bench = GatewayBench.homed(bounds: few)
        #expect(bench.send(String(repeating: "x", count: 5000)) == .send(n: 1))
        #expect(bench.send("") == .full)
        #expect(bench.heard(.taken(through: 1, also: [])) == [.readAgain])
        #expect(bench.send("") == .send(n: 2))
    }

    @Test func storedAndReceivedAreSaidOncePerRound() {
        var bench = GatewayBench.homed()
        #expect(bench.heard(.deliver(GatewayBench.kept(1, n: 1))) == [.deliver(GatewayBench.kept(1, n: 1))])
        _ = bench.heard(.deliver(GatewayBench.kept(2, n: 2)))
        _ = bench.received(Position(epoch: 1, k: 1))
        _ = bench.received(Position(epoch: 1, k: 2))
        let both = Position(epoch: 1, k: 2)
        #expect(bench.flush().said == [.stored(through: both), .received(through: both)])
        #expect(bench.flush() == [])
        #expect(bench.machine.kept == (0, 0))
    }

    @Test func aMessageThatWasHereByWhateverWayIsNotPassedOnAgain() {
        var bench = GatewayBench.homed()
        _ = bench.heard(.deliver(GatewayBench.kept(1, n: 5)))
        _ = bench.lost()
        _ = bench.ring(2, .b)
        _ = bench.move()
        _ = bench.heard(.attached)
        let again = bench.heard(.deliver(GatewayBench.kept(0, n: 5, epoch: 2)))
        #expect(again.said == [.duplicate(Position(epoch: 2, k: 0))])
        #expect(again.count == 1)
        #expect(bench.flush() == [])
        #expect(bench.heard(.deliver(GatewayBench.kept(1, n: 5, sender: 2, epoch: 2))).count == 1)
        #expect(bench.machine.kept.messages == 2)
    }

    @Test func aSenderTooManyIsDeclined() {
        var bench = GatewayBench.homed(bounds: few)
        _ = bench.heard(.deliver(GatewayBench.kept(1, n: 1, sender: 1)))
        _ = bench.heard(.deliver(GatewayBench.kept(2, n: 1, sender: 2)))
        let third = bench.heard(.deliver(GatewayBench.kept(3, n: 1, sender: 3)))
        #expect(third.said == [.declined(Position(epoch: 1, k: 3))])
        #expect(third.count == 1)
    }

    @Test func aClientThatNeverAcknowledgesIsClosedAtTheBound() {
        var bench = GatewayBench.homed(bounds: few)
        for k in 1...4 { _ = bench.heard(.deliver(GatewayBench.kept(UInt64(k), n: UInt64(k)))) }
        let actions = bench.heard(.deliver(GatewayBench.kept(5, n: 5)))
        #expect(actions.said == [.close(code: 4009)])
        #expect(actions.last == .close(.slowConsumer, reason: ""))
        #expect(bench.machine.isOver)
    }

    @Test func aPlainClientsMessagesAreNotKept() {
        var bench = GatewayBench.homed(.plain, bounds: few)
        for k in 1...9 { _ = bench.heard(.deliver(GatewayBench.kept(UInt64(k), n: UInt64(k)))) }
        #expect(bench.machine.kept == (0, 0))
        #expect(bench.flush().said == [.stored(through: Position(epoch: 1, k: 9))])
        _ = bench.received(Position(epoch: 1, k: 9))
        #expect(bench.flush().said == [.received(through: Position(epoch: 1, k: 9))])
    }

    @Test func anAcknowledgementOfWhatWasNeverSentIsCutToWhatWas() {
        var bench = GatewayBench.homed()
        _ = bench.received(Position(epoch: 99, k: 0))
        #expect(bench.flush().said == [.received(through: Position(epoch: 1, k: 0))])
    }

    @Test func aClientThatLeavesOnALegIsToldOfAtOnce() {
        var bench = GatewayBench.homed()
        _ = bench.heard(.deliver(GatewayBench.kept(1, n: 1)))
        #expect(bench.closed(1000).said == [.stored(through: Position(epoch: 1, k: 1)), .close(code: 1000)])
        #expect(bench.machine.isOver)
        #expect(bench.send("late") == .full)
    }

    @Test func aClientThatLeavesBeforeItWasInLeavesNothing() {
        var bench = GatewayBench()
        _ = bench.ring(1, nil)
        #expect(bench.closed(1006) == [])
        #expect(bench.machine.isOver)
        bench = GatewayBench()
        _ = bench.ring(1, .a)
        #expect(bench.closed(1006).said == [.close(code: 1006)])
        #expect(bench.machine.isOver)
    }

    @Test func whatAClientSentBeforeItLeftReachesTheNextOwnerAndThenTheEnd() {
        var bench = GatewayBench.homed(.plain)
        _ = bench.ring(2, .b)
        _ = bench.move()
        _ = bench.send("bye")
        #expect(bench.closed(1000) == [])
        #expect(bench.machine.isOver == false)
        #expect(bench.heard(.released(epoch: 2, state: nil)).attaches.map(\.home) == [.b])
        let actions = bench.heard(.attached)
        #expect(
            actions.said == [
                .message(n: 1, isAgain: false, isText: true, bytes: Array("bye".utf8)), .close(code: 1000),
            ])
        #expect(actions.last == .moveDone)
        #expect(bench.machine.isOver)
    }

    @Test func aClientThatLeftIsNotWaitedForForEver() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, nil)
        _ = bench.lost()
        _ = bench.closed(1006)
        #expect(bench.machine.isOver == false)
        #expect(bench.wait(.seconds(10)) == [])
        #expect(bench.machine.isOver)
    }

    @Test func aClientThatLeavesWhileItWaitsForThePaceStillGetsItsTurn() {
        var bench = GatewayBench.homed(.plain)
        _ = bench.ring(2, .b)
        _ = bench.lost()
        _ = bench.send("bye")
        #expect(bench.closed(1006) == [])
        #expect(bench.move().attaches.map(\.home) == [.b])
        let actions = bench.heard(.attached)
        #expect(actions.said.last == .close(code: 1006))
        #expect(actions.last == .moveDone)
    }

    @Test func nothingIsStoredForAClientThatIsGone() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        _ = bench.closed(1006)
        #expect(bench.heard(.deliver(GatewayBench.kept(1, n: 1))) == [])
        #expect(bench.flush() == [])
    }

    @Test func aNodesCloseReachesTheClient() {
        var bench = GatewayBench.homed()
        #expect(bench.heard(.close(code: 4504, reason: "no")) == [.dropLeg(1), .close(.policy, reason: "no")])
        #expect(bench.machine.isOver)
    }
}
