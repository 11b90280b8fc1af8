import ClusterModel
import SessionLink
import Testing

@testable import Rehoming

@Suite struct GatewayCrashTests {
    @Test func aLostLegIsReportedAndTheSameOwnerAskedAgainThroughThePace() {
        var bench = GatewayBench.homed()
        #expect(bench.lost() == [.suspect(.a)])
        #expect(bench.machine.isStalled)
        #expect(bench.waitForDeadline() == [.wantMove])
        let actions = bench.move()
        #expect(actions.attaches.map(\.home) == [.a])
        #expect(actions.attaches.first?.attach.isReleased == false)
        #expect(actions.attaches.first?.attach.state == nil)
    }

    @Test func theNewOwnerIsAskedAsSoonAsTheRingNamesIt() {
        var bench = GatewayBench.homed()
        _ = bench.lost()
        #expect(bench.ring(2, .b) == [.wantMove])
        #expect(bench.move().attaches.map(\.home) == [.b])
    }

    @Test func aLegLostWhileTheRingNamesAnotherOwnerGoesThereWithoutAPause() {
        var bench = GatewayBench.homed()
        #expect(bench.ring(2, .b) == [.wantMove])
        #expect(bench.lost() == [.suspect(.a), .wantMove])
        #expect(bench.move().attaches.map(\.home) == [.b])
    }

    @Test func aLegLostWhileReleasingKeepsTheSlot() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        let actions = bench.lost()
        #expect(actions.first == .suspect(.a))
        #expect(actions.attaches.map(\.home) == [.b])
    }

    @Test func whatTheCrashedOwnerHadIsReplayedAndItsStoredMessagesComeAlong() {
        var bench = GatewayBench.homed()
        _ = bench.send("one")
        _ = bench.heard(.deliver(GatewayBench.kept(1, n: 1)))
        _ = bench.heard(.deliver(GatewayBench.kept(2, n: 2)))
        _ = bench.received(Position(epoch: 1, k: 1))
        _ = bench.lost()
        _ = bench.ring(2, .b)
        let attach = bench.move().attaches.first?.attach
        #expect(attach?.buffer == [GatewayBench.kept(2, n: 2)])
        #expect(attach?.last == Position(epoch: 1, k: 2))
        #expect(
            bench.heard(.attached).said == [.message(n: 1, isAgain: true, isText: true, bytes: Array("one".utf8))])
        // The next owner hears again what the client has.
        #expect(bench.flush().said == [.received(through: Position(epoch: 1, k: 1))])
    }

    @Test func aClientWithoutAnOwnerForTooLongIsClosed() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, nil)
        #expect(bench.lost() == [.suspect(.a)])
        #expect(bench.wait(.milliseconds(9999)) == [])
        #expect(bench.wait(.milliseconds(1)) == [.close(.ownerUnavailable, reason: "")])
        #expect(bench.machine.isOver)
        #expect(bench.machine.deadline == nil)
    }

    @Test func waitingForThePaceIsNotBeingWithoutAnOwner() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.lost()
        _ = bench.wait(.seconds(60))
        #expect(bench.move().attaches.map(\.home) == [.b])
        _ = bench.wait(.seconds(4))
        #expect(bench.machine.isOver == false)
        _ = bench.heard(.attached)
        #expect(bench.wait(.seconds(3)) == [])
    }

    @Test func attachingOverAndOverDoesNotMakeTheClientWaitForEver() {
        var bench = GatewayBench.homed()
        _ = bench.lost()
        let start = bench.now
        while !bench.machine.isOver, bench.now - start < .seconds(60) {
            let actions = bench.waitForDeadline()
            if actions.contains(.wantMove) { _ = bench.move() }
            _ = bench.lost()
        }
        #expect(bench.now - start == .seconds(10))
    }

    @Test func theBackOffBeginsAnewOnlyAfterAStableTime() {
        var bench = GatewayBench.homed()
        var pauses: [Duration] = []
        for stable in [Duration.zero, .zero, .seconds(2)] {
            bench.now += stable
            _ = bench.lost()
            let before = bench.now
            _ = bench.waitForDeadline()
            pauses.append(bench.now - before)
            _ = bench.move()
            _ = bench.heard(.attached)
            _ = bench.heard(.home(.a, at: Position(epoch: 1, k: 9)))
        }
        #expect(pauses[1] >= .milliseconds(20))
        #expect(pauses[2] <= .milliseconds(20))
    }

    @Test(arguments: 0..<5) func supersededEndsTheSessionInEveryPhase(_ phase: Int) {
        var bench = phase < 2 ? GatewayBench() : GatewayBench.homed()
        switch phase {
        case 0: _ = bench.ring(1, .a)
        case 1:
            _ = bench.ring(1, .a)
            _ = bench.heard(.attached)
        case 3:
            _ = bench.ring(2, .b)
        case 4:
            _ = bench.ring(2, .b)
            _ = bench.move()
        default: break
        }
        let actions = bench.heard(.superseded)
        #expect(actions.contains(phase == 0 ? .refuse(status: 503, reason: "") : .close(.superseded, reason: "")))
        #expect(actions.contains(.moveDone) == (phase >= 3))
        #expect(bench.machine.isOver)
        #expect(bench.ring(9, .c) == [])
        #expect(bench.closed(1006) == [])
    }

    @Test func newsOfOlderLegsIsNotHeard() {
        var bench = GatewayBench.homed()
        _ = bench.lost()
        _ = bench.waitForDeadline()
        _ = bench.move()
        #expect(bench.lost(1) == [])
        for news: ToGateway in [
            .attached, .moved(epoch: 9), .superseded, .refused(status: 500, reason: ""), .taken(through: 1, also: []),
            .deliver(GatewayBench.kept(1, n: 1)), .home(.a, at: .start), .released(epoch: 9, state: nil),
            .close(code: 1000, reason: ""),
        ] {
            #expect(bench.heard(news, on: 1) == [])
        }
        #expect(bench.heard(.attached) == [])
        #expect(bench.machine.isPlaced)
    }
}
