import Rehoming

/// A schedule from its seed: what happened, and what there is to say of the simulator itself.
public struct Schedule {
    /// All that could be seen.
    public let history: [HistoryEvent]
    /// Every step, if a trace was asked for.
    public let trace: [String]
    /// Events that were run.
    public let steps: Int

    /// Runs the schedule of that seed.
    public init(_ mix: Mix, seed: UInt64, isTracing: Bool = false) throws {
        let world = try Simulation(mix: mix, seed: seed, isTracing: isTracing)
        world.play()
        history = world.history
        trace = world.lines
        steps = world.steps
    }
}

extension Simulation {
    /// From the first process's start until long after the last client left.
    func play() {
        for index in 0..<mix.nodes { startNode(index) }
        for index in 0..<mix.gateways { startGateway(index) }
        planClients()
        let faults = Fault.draw(mix, plan, &random)
        planMessages(near: mix.isTight || mix.legCuts.upperBound > 0 ? faults.map { $0.at } : [])
        for (at, fault) in faults {
            later(at) { [unowned self] in inflict(fault) }
        }
        later(plan.active) { [unowned self] in heal() }
        run(until: probing)
        note(.probing)
        // Whoever is in can be reached: this is asked of everybody once all has settled.
        for client in clients where client.session != nil {
            compose(client, to: (client.user + 1) % mix.users)
        }
        run(until: quiet)
        look()
        note(.everybodyLeaves)
        for client in clients { client.leave() }
        run(until: quiet + 400_000_000)
        lookForTimers()
    }

    private func planClients() {
        for user in 0..<mix.users {
            for _ in 0..<random.pick(mix.devices) {
                let client = SimClient(
                    world: self, number: clients.count, user: user,
                    kind: random.chance(mix.resumable) ? .resumable : .plain, isSlow: random.chance(mix.slow))
                clients.append(client)
                let isLate = random.chance(0.2)
                client.after(random.span(isLate ? 0...plan.active : 1_000...150_000)) { client.connect() }
                if random.chance(mix.leaving) {
                    client.after(random.span(200_000...plan.active)) { client.leave() }
                }
            }
        }
    }

    private func planMessages(near moments: [Int64]) {
        var left = random.pick(mix.messages)
        while left > 0 {
            let client = random.element(clients)
            var at = random.span(50_000...plan.active + 100_000)
            if !moments.isEmpty, random.chance(0.8) {
                at = max(
                    50_000, random.element(moments) + random.span(mix.isTight ? -200_000...300_000 : -30_000...10_000))
            }
            let burst = random.chance(mix.bursts) ? random.pick(2...6) : 1
            let recipient: Int? =
                random.chance(mix.notes)
                ? nil : random.chance(mix.toItself) ? client.user : random.pick(0...mix.users - 1)
            for index in 0..<min(burst, left) {
                client.after(at + Int64(index) * random.span(0...2_000)) { [unowned self] in
                    compose(client, to: recipient)
                }
            }
            left -= burst
            if mix.flips {
                let flip = at + random.span(-1_000...8_000)
                later(flip) { [unowned self] in registry.shuffle() }
                later(flip + random.span(0...4_000)) { [unowned self] in registry.flip() }
            }
        }
    }

    /// Where everything is.
    private func look() {
        guard let ring = registry.latest else { return }
        for node in nodes { note(.misplaced(life: node.life, count: node.machine.misplaced)) }
        for client in clients {
            guard let session = client.session, client.isOnline else { continue }
            let owner = ring.owner(of: SimUser.bytes(client.user))
            let at = nodes.filter { $0.current[session] != nil }.map { $0.life }
            let stays = gateways.flatMap { $0.stays }.filter { $0.machine.session == session }
            note(
                .settled(
                    session: SimSession.number(session), at: at,
                    owner: nodes.first { $0.me == owner }?.life ?? 0,
                    gatewayLegs: stays.reduce(0) { $0 + $1.openLegs.count }))
        }
    }

    private func lookForTimers() {
        for node in nodes {
            if node.machine.deadline != nil { note(.timerLeft(process: node.name)) }
            let left = node.machine.census.filter { $0.value != 0 }
            for what in left.keys.sorted() { note(.remains(process: node.name, what: what, count: left[what] ?? 0)) }
        }
        for gateway in gateways {
            for stay in gateway.stays { note(.timerLeft(process: "\(gateway.name) s\(stay.session)")) }
        }
    }
}
