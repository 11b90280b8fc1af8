import ClusterModel
import Rehoming

/// What goes wrong, or changes, while clients talk.
enum Fault {
    case move
    case nodeCrash(restart: Int64)
    case gatewayCrash(restart: Int64)
    case zombie(notice: Int64)
    case drop
    case nodePause(Int64)
    case gatewayPause(Int64)
    case cut(noticedWithin: Int64, closedFor: Int64)
    /// The legs of one client's stays.
    case cutLegs(noticedWithin: Int64)

    /// The faults of a schedule with their times.
    static func draw(_ mix: Mix, _ plan: Plan, _ random: inout SimRandom) -> [(at: Int64, fault: Fault)] {
        var drawn: [(at: Int64, fault: Fault)] = []
        func add(_ count: ClosedRange<Int>, _ make: (inout SimRandom) -> Fault) {
            for _ in 0..<random.pick(count) {
                let at = random.span(100_000...plan.active)
                drawn.append((at, make(&random)))
            }
        }
        add(mix.nodeCrashes) { .nodeCrash(restart: $0.span(20_000...1_500_000)) }
        add(mix.gatewayCrashes) { .gatewayCrash(restart: $0.span(20_000...500_000)) }
        add(mix.zombies) { .zombie(notice: $0.chance(0.5) ? $0.span(1_000...400_000) : $0.span(400_000...20_000_000)) }
        add(mix.drops) { _ in .drop }
        add(mix.nodePauses) { .nodePause($0.span(20_000...2_000_000)) }
        add(mix.gatewayPauses) { .gatewayPause($0.span(20_000...1_000_000)) }
        add(mix.cuts) {
            .cut(noticedWithin: $0.span(1_000...400_000), closedFor: $0.chance(0.5) ? 0 : $0.span(1_000...700_000))
        }
        add(mix.legCuts) { .cutLegs(noticedWithin: $0.span(100...50_000)) }
        add(mix.moves) { _ in .move }
        // Storms: another ring before the last one is known everywhere.
        for (at, fault) in drawn {
            if case .move = fault, random.chance(0.4) { drawn.append((at + random.span(0...30_000), .move)) }
        }
        for (at, fault) in drawn where mix.isTight {
            switch fault {
            case .zombie, .drop, .gatewayCrash:
                drawn.append((max(0, at - random.span(0...300_000)), .move))
                drawn.append((at + random.span(0...250_000), .move))
                if random.chance(0.5) {
                    drawn.append(
                        (at + random.span(10_000...200_000), .cutLegs(noticedWithin: random.span(100...50_000))))
                }
            default: break
            }
        }
        return drawn
    }
}

extension Simulation {
    func inflict(_ fault: Fault) {
        trace("fault: \(fault)")
        switch fault {
        case .move:
            registry.shuffle()
        case .nodeCrash(let restart):
            let up = nodes.indices.filter { nodes[$0].isAlive }
            if up.count > 1 { crash(node: random.element(up), restart: restart) }
        case .gatewayCrash(let restart):
            let up = gateways.indices.filter { gateways[$0].isAlive }
            if up.count > 1 { crash(gateway: random.element(up), restart: restart) }
        case .zombie(let notice):
            leaveGateway(notice)
        case .drop:
            leaveGateway(random.span(100...20_000))
        case .nodePause(let span):
            pause(nodes[random.pick(0...nodes.count - 1)], span)
        case .gatewayPause(let span):
            let gateway = random.element(gateways)
            gateway.pausedUntil = max(gateway.pausedUntil, now + span)
        case .cut(let notice, let closed):
            cut(notice, closed)
        case .cutLegs(let notice):
            let stays = gateways.filter { $0.isAlive }.flatMap { $0.stays }.filter { !$0.openLegs.isEmpty }
            guard !stays.isEmpty else { return }
            for connection in random.element(stays).openLegs { connection.cut(noticedWithin: notice) }
        }
    }

    private func leaveGateway(_ notice: Int64) {
        let online = clients.filter { $0.isOnline }
        guard !online.isEmpty else { return }
        note(.gatewayFault)
        random.element(online).drop(noticedAfter: notice)
    }

    private func crash(node index: Int, restart: Int64) {
        let node = nodes[index]
        note(.nodeFault(life: node.life))
        kill(node)
        later(random.span(50_000...800_000)) { [unowned self] in
            registry.leave(node.me)
        }
        later(restart) { [unowned self] in
            startNode(index)
        }
    }

    private func crash(gateway index: Int, restart: Int64) {
        let gateway = gateways[index]
        note(.gatewayFault)
        for client in clients where client.gateway === gateway && client.isOnline { client.drop(noticedAfter: 0) }
        kill(gateway)
        later(restart) { [unowned self] in
            startGateway(index)
        }
    }

    private func kill(_ process: SimProcess) {
        process.isAlive = false
        for connection in connections {
            for side in [Connection.Side.opener, .acceptor] where connection.process(side) === process {
                connection.close(by: side, isAbrupt: true)
            }
        }
    }

    /// A node that stands still for longer than its lease is taken off the ring, and put back when it speaks again.
    private func pause(_ node: SimNode, _ span: Int64) {
        guard node.isAlive else { return }
        node.pausedUntil = max(node.pausedUntil, now + span)
        guard span > 600_000 else { return }
        later(600_000) { [unowned self] in
            if node.isAlive, !isHealed, registry.members.count > 1 { registry.leave(node.me) }
        }
        later(span + random.span(1_000...100_000)) { [unowned self] in
            if node.isAlive { registry.join(node.me) }
        }
    }

    private func cut(_ notice: Int64, _ closed: Int64) {
        let node = random.element(nodes)
        let others: [SimProcess] = nodes.filter { $0 !== node } + gateways
        let other = random.element(others)
        guard node.isAlive, other.isAlive else { return }
        for connection in connections where connection.joins(node, other) { connection.cut(noticedWithin: notice) }
        if closed > 0 {
            barriers.append((node, other))
            later(closed) { [unowned self] in
                barriers.removeAll { $0.0 === node && $0.1 === other }
            }
        }
    }

    /// Everything that was broken is whole again.
    func heal() {
        trace("healed")
        isHealed = true
        barriers = []
        for index in nodes.indices where !nodes[index].isAlive { startNode(index) }
        for index in gateways.indices where !gateways[index].isAlive { startGateway(index) }
        for process in nodes.map({ $0 as SimProcess }) + gateways { process.pausedUntil = 0 }
        for node in nodes where !registry.members.contains(node.me) { registry.join(node.me) }
        registry.settle()
        note(.healed)
    }
}
