import ClusterModel
import SessionLink
import Testing

@testable import Rehoming

@Suite struct GatewayAttachTests {
    @Test func theFirstRingAttachesANewSessionAtOnce() {
        var bench = GatewayBench()
        let actions = bench.ring(5, .a)
        #expect(actions.attaches.map(\.home) == [.a])
        let attach = actions.attaches.first?.attach
        #expect(attach?.epoch == 5)
        #expect(attach?.isNew == true)
        #expect(attach?.isSynced == true)
        #expect(attach?.home == nil)
        #expect(attach?.generation == 0)
        #expect(bench.machine.isStalled == false)
        #expect(bench.machine.isPlaced == false)
    }

    @Test func theClientIsInWithTheFirstAttachedOnly() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        #expect(bench.heard(.attached) == [.attached])
        #expect(bench.machine.isPlaced)
        _ = bench.lost()
        _ = bench.waitForDeadline()
        _ = bench.move()
        #expect(bench.heard(.attached) == [])
    }

    @Test func homeIsToldToTheClientAndItsAckConfirmsIt() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        _ = bench.heard(.attached)
        let at = Position(epoch: 1, k: 4)
        #expect(bench.heard(.home(.a, at: at)) == [.home(.a, at: at, generation: 0)])
        #expect(bench.flush() == [])
        _ = bench.received(at)
        #expect(bench.flush().said == [.received(through: at)])
    }

    @Test func aPlainClientsHomeIsConfirmedByItsGateway() {
        var bench = GatewayBench(.plain)
        _ = bench.ring(1, .a)
        _ = bench.heard(.attached)
        #expect(bench.heard(.home(.a, at: Position(epoch: 1, k: 0))) == [])
        #expect(bench.flush().said == [.received(through: Position(epoch: 1, k: 0))])
    }

    @Test func aPlainClientsHomeWaitsForTheSocketToTakeTheBacklog() {
        var bench = GatewayBench(.plain)
        _ = bench.ring(1, .a)
        _ = bench.heard(.attached)
        _ = bench.heard(.deliver(GatewayBench.kept(1, n: 1)))
        _ = bench.heard(.home(.a, at: Position(epoch: 1, k: 2)))
        #expect(bench.flush().said == [.stored(through: Position(epoch: 1, k: 2))])
        _ = bench.received(Position(epoch: 1, k: 1))
        #expect(bench.flush().said == [.received(through: Position(epoch: 1, k: 2))])
    }

    @Test func aResumedSessionSaysWhereItWasAndDoesNotClaimToBeInStep() throws {
        let token = ResumeToken(
            session: GatewayBench.session, generation: 3, home: .b, service: try ServiceName("chat"))
        var bench = GatewayBench()
        bench.machine = GatewaySessionMachine(resuming: token, user: [1], position: Position(epoch: 4, k: 2))
        let attach = bench.ring(5, .a).attaches.first?.attach
        #expect(attach?.generation == 4)
        #expect(attach?.isNew == false)
        #expect(attach?.isSynced == false)
        #expect(attach?.home == .b)
        #expect(attach?.last == Position(epoch: 4, k: 2))
        _ = bench.heard(.attached)
        _ = bench.lost()
        _ = bench.waitForDeadline()
        #expect(bench.move().attaches.first?.attach.isSynced == false)
        _ = bench.heard(.attached)
        _ = bench.heard(.home(.a, at: Position(epoch: 5, k: 0)))
        _ = bench.lost()
        _ = bench.waitForDeadline()
        let later = bench.move().attaches.first?.attach
        #expect(later?.isSynced == true)
        #expect(later?.home == .a)
    }

    @Test(arguments: [(nil, 4), (2, 4), (4, 4), (9, 9)] as [(UInt32?, UInt32)])
    func theClientCountsItsAttemptsFromTheTokenOn(_ counted: UInt32?, _ generation: UInt32) throws {
        let token = ResumeToken(
            session: GatewayBench.session, generation: 3, home: .b, service: try ServiceName("chat"))
        let machine = GatewaySessionMachine(
            resuming: token, user: [1], position: .start, generation: counted)
        #expect(machine.generation == generation)
    }

    @Test func aNodeThatKnowsMoreMakesTheGatewayReadTheRingFirst() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        #expect(bench.heard(.moved(epoch: 3)) == [.dropLeg(1), .readRing(atLeast: 3)])
        #expect(bench.ring(2, .b) == [])
        #expect(bench.waitForDeadline() == [.readRing(atLeast: 3)])
        #expect(bench.ring(3, .b).attaches.map(\.home) == [.b])
    }

    @Test func aNodeThatKnowsLessIsAskedAgainAfterAPauseThatDoubles() {
        var bench = GatewayBench()
        _ = bench.ring(5, .a)
        var pauses: [Duration] = []
        for attempt in 1...8 {
            #expect(bench.heard(.moved(epoch: 4)) == [.dropLeg(UInt32(attempt))])
            let before = bench.now
            #expect(bench.waitForDeadline().attaches.map(\.home) == [.a])
            pauses.append(bench.now - before)
        }
        #expect(pauses[0] >= .milliseconds(10) && pauses[0] <= .milliseconds(20))
        #expect(pauses[4] >= .milliseconds(160) && pauses[4] <= .milliseconds(320))
        #expect(pauses[7] >= .milliseconds(500) && pauses[7] <= .seconds(1))
    }

    @Test func epochsNeverGoBack() {
        var bench = GatewayBench.homed()
        _ = bench.ring(5, .a)
        #expect(bench.ring(4, .b) == [])
        #expect(bench.ring(5, .b) == [])
        #expect(bench.machine.owner == .a)
    }

    @Test func aRingChangeWhileAttachingGoesToTheNewOwnerAtOnce() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        let actions = bench.ring(2, .b)
        #expect(actions.first == .dropLeg(1))
        #expect(actions.attaches.map(\.home) == [.b])
        #expect(bench.heard(.attached, on: 1) == [])
        #expect(bench.heard(.attached, on: 2) == [.attached])
    }

    @Test func aRingChangeThatKeepsTheOwnerDisturbsNothing() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        #expect(bench.ring(2, .a) == [])
        #expect(bench.heard(.attached) == [.attached])
    }

    @Test func anOwnerThatDoesNotAnswerIsSuspectedAndAskedAgain() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        #expect(bench.wait(.seconds(5)) == [.dropLeg(1), .suspect(.a)])
        #expect(bench.waitForDeadline().attaches.map(\.home) == [.a])
    }

    @Test func aClientThatWasNeverInIsRefusedWhenNoOwnerComes() {
        var bench = GatewayBench()
        #expect(bench.ring(1, nil) == [])
        #expect(bench.wait(.seconds(10)) == [.refuse(status: 503, reason: "")])
        #expect(bench.machine.isOver)
        #expect(bench.machine.deadline == nil)
    }

    @Test func whatANodeRefusesIsRefusedWithItsWords() {
        var bench = GatewayBench()
        _ = bench.ring(1, .a)
        let actions = bench.heard(.refused(status: 403, reason: "not you"))
        #expect(actions == [.dropLeg(1), .refuse(status: 403, reason: "not you")])
        #expect(bench.machine.isOver)
    }

    @Test func aBusyOwnerDoesNotEndASessionThatIsIn() {
        var bench = GatewayBench.homed()
        _ = bench.ring(2, .b)
        _ = bench.move()
        _ = bench.heard(.released(epoch: 2, state: nil))
        let actions = bench.heard(.refused(status: 503, reason: "full"))
        #expect(actions == [.dropLeg(2), .moveDone])
        #expect(bench.waitForDeadline() == [.wantMove])
        #expect(bench.move().attaches.map(\.home) == [.b])
    }
}
