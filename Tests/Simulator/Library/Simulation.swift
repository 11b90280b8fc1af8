import ClusterModel
import HashRing
import Rehoming
import SessionLink

/// One schedule: a small cluster in virtual time, all of its chance from one seed.
final class Simulation {
    let mix: Mix
    let plan: Plan
    let service: ServiceName
    let nodeNames: [NodeID]
    var random: SimRandom
    var events = EventQueue()
    private(set) var now: Int64 = 0
    private(set) var history: [HistoryEvent] = []
    private(set) var lines: [String] = []
    let isTracing: Bool
    /// Events that were run, and ticks among them.
    private(set) var steps = 0
    var ticks = 0

    private(set) lazy var registry = SimRegistry(world: self)
    var nodes: [SimNode] = []
    var gateways: [SimGateway] = []
    var clients: [SimClient] = []
    private(set) var connections: [Connection] = []
    var barriers: [(SimProcess, SimProcess)] = []
    var isHealed = false
    private var lives = 0
    private var opened = 0
    private var stays = 0
    private var sessions: UInt64 = 0
    private var composed = 0
    /// Former runs of processes: what was planned for them still comes up.
    private var graves: [SimProcess] = []

    init(mix: Mix, seed: UInt64, isTracing: Bool) throws {
        self.mix = mix
        self.isTracing = isTracing
        service = try ServiceName("sim")
        nodeNames = try (0..<mix.nodes).map { try NodeID("node-\($0)") }
        random = SimRandom(seed: seed)
        plan = Plan(mix, &random)
    }

    /// A schedule has some hundred events, rarely some thousand; one that has so many goes round in circles.
    static let maxSteps = 15_000

    // MARK: - Time and words

    var time: Duration { .microseconds(now) }

    func micros(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        // Rounded up, so that a deadline has passed when its tick comes.
        return seconds * 1_000_000 + (attoseconds + 999_999_999_999) / 1_000_000_000_000
    }

    func note(_ what: Happening) {
        history.append(HistoryEvent(at: now, what))
        trace("  \(what)")
    }

    func trace(_ line: @autoclosure () -> String) {
        if isTracing { lines.append("\(now) \(line())") }
    }

    func later(_ span: Int64, _ action: @escaping () -> Void) {
        events.add(at: now + span, action)
    }

    func run(until end: Int64) {
        while steps < Self.maxSteps, let event = events.next(until: end) {
            now = event.at
            steps += 1
            if steps == Self.maxSteps { note(.runaway) }
            event.action()
        }
        now = end
    }

    /// How long a client waits for the last word on an accepted message.
    var patience: Int64 { 20_000_000 }

    // MARK: - Processes

    func startNode(_ index: Int) {
        guard index >= nodes.count || !nodes[index].isAlive else { return }
        lives += 1
        guard let incarnation = Incarnation(UInt64(lives)) else { return }
        let node = SimNode(world: self, life: lives, me: Home(node: nodeNames[index], incarnation: incarnation))
        if index < nodes.count {
            graves.append(nodes[index])
            nodes[index] = node
        } else {
            nodes.append(node)
        }
        trace("\(node.name) starts")
        later(index == 0 && lives == 1 ? 0 : random.span(100...200_000)) { [unowned self] in
            if node.isAlive { registry.join(node.me) }
        }
        startPolling(node, plan.nodePoll) { node.learn($0) }
    }

    func startGateway(_ index: Int) {
        guard index >= gateways.count || !gateways[index].isAlive else { return }
        lives += 1
        let gateway = SimGateway(world: self, index: index, life: lives)
        if index < gateways.count {
            graves.append(gateways[index])
            gateways[index] = gateway
        } else {
            gateways.append(gateway)
        }
        startPolling(gateway, plan.poll) { gateway.learn($0) }
    }

    /// A gateway for a client: also one that is dead, now and then, as far as the client can know.
    func pickGateway() -> SimGateway? {
        random.element(gateways)
    }

    func suspect(_ home: Home) {
        guard let node = nodes.first(where: { $0.me == home }) ?? nil, node.isAlive else {
            later(random.span(1_000...30_000)) { [unowned self] in registry.leave(home) }
            return
        }
    }

    func newSession() -> SessionID {
        sessions += 1
        return SessionID(first: random.next(), second: sessions)
    }

    // MARK: - Network

    func delay() -> Int64 {
        random.span(plan.delay) + (random.chance(plan.spikes) ? random.span(10_000...150_000) : 0)
    }

    func connect(_ opener: any Endpoint, to home: Home) -> Connection {
        let node = nodes.first { $0.me == home && $0.isAlive && !isBarred(opener.process, $0) }
        return connection(from: opener, to: node)
    }

    func connect(_ client: SimClient, at gateway: SimGateway, _ hello: ClientHello) -> Connection {
        guard gateway.isAlive else { return connection(from: client, to: nil) }
        let door = SimDoor(gateway: gateway)
        let made = connection(from: client, to: door, delays: mix.clientDelay)
        made.send(.open(hello), from: .opener)
        note(.online(session: SimSession.number(hello.session)))
        return made
    }

    func newStay(_ gateway: SimGateway, _ client: Connection, _ hello: ClientHello) -> SimStay {
        stays += 1
        return SimStay(number: stays, gateway: gateway, client: client, hello: hello)
    }

    private func connection(
        from opener: any Endpoint, to acceptor: (any Endpoint)?, delays: ClosedRange<Int64>? = nil
    ) -> Connection {
        opened += 1
        let made = Connection(world: self, id: opened, from: opener, to: acceptor, delays: delays)
        connections.append(made)
        if connections.count > 200 { connections.removeAll { $0.isCut } }
        if acceptor == nil { made.cut(noticedWithin: random.span(500...100_000)) }
        return made
    }

    private func isBarred(_ one: SimProcess, _ other: SimProcess) -> Bool {
        barriers.contains { ($0.0 === one && $0.1 === other) || ($0.0 === other && $0.1 === one) }
    }

    // MARK: - The ring's news

    /// A process reads the ring: it gets the newest one, a little later.
    func read(_ process: SimProcess, _ learn: @escaping (SimRing) -> Void) {
        process.after(random.span(mix.reading)) { [unowned self] in
            if let latest = registry.latest { learn(latest) }
        }
    }

    /// Tells everybody of a new ring: some hear late, some not at all, and not in order.
    func announce(_ ring: SimRing) {
        note(.move(epoch: ring.epoch))
        for node in nodes { announce(ring, to: node, isSure: isHealed) { node.learn($0) } }
        for gateway in gateways where plan.isTellingGateways {
            announce(ring, to: gateway, isSure: isHealed) { gateway.learn($0) }
        }
        if plan.endsGrace { awaitGateways(ring) }
    }

    private func announce(_ ring: SimRing, to process: SimProcess, isSure: Bool, _ learn: @escaping (SimRing) -> Void) {
        guard isSure || !random.chance(plan.lostNotifications) else { return }
        process.after(random.span(plan.lag)) { learn(ring) }
        // An old one that comes again.
        if random.chance(0.1) { process.after(random.span(1_000...900_000)) { learn(ring) } }
    }

    private func startPolling(_ process: SimProcess, _ period: Int64, _ learn: @escaping (SimRing) -> Void) {
        process.after(random.span(100...20_000)) { [unowned self] in
            if let latest = registry.latest { learn(latest) }
        }
        process.after(random.span(period / 2...period)) { [unowned self] in
            poll(process, period, learn)
        }
    }

    private func poll(_ process: SimProcess, _ period: Int64, _ learn: @escaping (SimRing) -> Void) {
        if let latest = registry.latest { learn(latest) }
        guard now < plan.active + 8_000_000 else { return }
        process.after(period) { [unowned self] in poll(process, period, learn) }
    }

    /// When all must have settled: a client that nobody missed (20 s) held its session (30 s), and so the probe.
    var probing: Int64 { plan.active + 70_000_000 }
    /// When the probe must be through.
    var quiet: Int64 { probing + 40_000_000 }

    /// Nodes hear that all gateways are done with a ring as soon as that is so.
    private func awaitGateways(_ ring: SimRing) {
        later(random.span(20_000...200_000)) { [unowned self] in
            guard registry.latest?.epoch == ring.epoch, now < quiet else { return }
            let areDone = gateways.allSatisfy { gateway in
                gateway.isAlive && gateway.pausedUntil <= now && gateway.view?.epoch == ring.epoch
                    && gateway.stays.allSatisfy { !$0.hasClient || isPlaced($0, ring) }
            }
            guard areDone else { return awaitGateways(ring) }
            for node in nodes {
                node.at(now) { node.drive { $0.graceOver(epoch: ring.epoch, now: $1, &$2) } }
            }
        }
    }

    private func isPlaced(_ stay: SimStay, _ ring: SimRing) -> Bool {
        guard let owner = ring.owner(of: stay.machine.user), let node = nodes.first(where: { $0.me == owner }),
            let leg = node.current[stay.machine.session], let held = node.legs[leg]
        else { return false }
        return stay.openLegs.contains { $0 === held.connection }
    }

    // MARK: - Clients' messages

    func compose(_ client: SimClient, to recipient: Int?) {
        composed += 1
        client.compose(message: composed, to: recipient)
    }
}
