import ClusterModel
import Rehoming
import SessionLink

/// One run of a gateway: its ring, its clients' stays, and the pace of their moves.
final class SimGateway: SimProcess {
    let index: Int
    let life: Int
    private(set) var view: SimRing?
    private(set) var stays: [SimStay] = []
    private var pace: MovePace<Int>
    private var reading: UInt64 = 0
    private var paceAt = Int64.max

    init(world: Simulation, index: Int, life: Int) {
        self.index = index
        self.life = life
        pace = MovePace(perSecond: world.plan.movesPerSecond, inFlight: 8)
        super.init(world: world, name: "gateway-\(index).\(life)")
    }

    func learn(_ ring: SimRing) {
        if ring.epoch > view?.epoch ?? 0 { view = ring }
        // Late and repeated rings too: that epochs never go back is the machines' rule.
        for stay in stays { stay.learn(ring) }
    }

    func readRing(atLeast epoch: UInt64) {
        guard epoch > reading else { return }
        reading = epoch
        world.read(self) { [unowned self] ring in
            reading = 0
            learn(ring)
        }
    }

    func accept(_ stay: SimStay) {
        stays.append(stay)
        if let view { stay.learn(view) } else { readRing(atLeast: 1) }
    }

    func forget(_ stay: SimStay) {
        pace.done(stay.number)
        stays.removeAll { $0 === stay }
    }

    // MARK: - Pace

    func want(_ stay: SimStay) {
        pace.want(stay.number, isUrgent: stay.machine.isStalled)
        planPace()
    }

    func moveDone(_ stay: SimStay) {
        pace.done(stay.number)
        planPace()
    }

    private func planPace() {
        guard let deadline = pace.deadline else { return }
        let moment = max(world.now, world.micros(deadline))
        guard moment < paceAt else { return }
        paceAt = moment
        at(moment) { [unowned self] in
            guard paceAt == moment else { return }
            paceAt = .max
            for number in pace.next(now: world.time) { stays.first { $0.number == number }?.move() }
            planPace()
        }
    }
}
