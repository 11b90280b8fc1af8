import ClusterModel
import HashRing
import Rehoming
import SessionLink

/// One run of a node: drives a `NodeMachine` and plays the application.
final class SimNode: SimProcess, Endpoint {
    struct Leg {
        let connection: Connection
        let attempt: UInt32
        let session: SessionID
    }

    let life: Int
    let me: Home
    var machine: NodeMachine
    var legs: [NodeMachine.Leg: Leg] = [:]
    /// The leg on which a session was attached last.
    var current: [SessionID: NodeMachine.Leg] = [:]
    var users: [SessionID: Int] = [:]
    private var peers: [Home: Connection] = [:]
    private var links: [NodeMachine.Link: Connection] = [:]
    private var work: [NodeMachine.Action] = []
    private var isWorking = false
    private var isFlushAsked = false
    private var tickAt = Int64.max
    private var stuck = 0
    private var isReading = false

    init(world: Simulation, life: Int, me: Home) {
        self.life = life
        self.me = me
        machine = NodeMachine(
            me: me, bounds: world.mix.bounds,
            render: { _, payload, key, position, _ in SimFrame.message(payload, key, position) },
            freeze: { session in
                world.note(.applicationEnded(life: life, session: SimSession.number(session)))
                return SimFrame.bytes(session.second)
            })
        super.init(world: world, name: "\(me)")
    }

    var process: SimProcess { self }

    // MARK: - The ring

    /// A ring came, which was the newest at that time.
    func learn(_ ring: SimRing, asOf time: Duration = .zero) {
        drive { $0.ring(ring, asOf: time, now: $1, &$2) }
    }

    private func readRing() {
        guard !isReading else { return }
        isReading = true
        let began = world.time
        world.read(self) { [unowned self] ring in
            isReading = false
            learn(ring, asOf: began)
        }
    }

    // MARK: - Connections

    func received(_ wire: Wire, on connection: Connection) {
        switch wire {
        case .toNode(let attempt, let message):
            let leg = Self.name(connection, attempt)
            if case .attach(let attach) = message {
                legs[leg] = Leg(connection: connection, attempt: attempt, session: attach.session)
                users[attach.session] = SimUser.index(attach.user)
            }
            // What an ended leg still brings is the machine's to ignore.
            drive { $0.heard(message, on: leg, now: $1, &$2) }
            if case .close = message { forget(leg) }
        case .endLeg(let attempt):
            let leg = Self.name(connection, attempt)
            guard legs[leg] != nil else { return }
            forget(leg)
            drive { $0.legLost(leg, now: $1, &$2) }
        case .peer(let message):
            if connection.side(of: self) == .acceptor {
                let link = NodeMachine.Link(connection.id)
                links[link] = connection
                drive { $0.heard(message, on: link, from: nil, now: $1, &$2) }
            } else if let home = peers.first(where: { $0.value === connection })?.key {
                drive { $0.answered(message, by: home, now: $1, &$2) }
            }
        default:
            break
        }
    }

    func lost(_ connection: Connection) {
        for leg in legs.filter({ $0.value.connection === connection }).keys.sorted() {
            forget(leg)
            drive { $0.legLost(leg, now: $1, &$2) }
        }
        if let home = peers.first(where: { $0.value === connection })?.key {
            peers[home] = nil
            drive { $0.peerLost(home, now: $1, &$2) }
        }
        let link = NodeMachine.Link(connection.id)
        if links.removeValue(forKey: link) != nil {
            drive { $0.linkLost(link, now: $1, &$2) }
        }
    }

    private func forget(_ leg: NodeMachine.Leg) {
        guard let was = legs.removeValue(forKey: leg) else { return }
        if current[was.session] == leg { current[was.session] = nil }
        world.note(.detached(life: life, leg: leg))
    }

    private static func name(_ connection: Connection, _ attempt: UInt32) -> NodeMachine.Leg {
        UInt64(connection.id) << 32 | UInt64(attempt)
    }

    // MARK: - The machine

    func drive(_ step: (inout NodeMachine, Duration, inout [NodeMachine.Action]) -> Void) {
        step(&machine, world.time, &work)
        guard !isWorking else { return }
        isWorking = true
        perform()
        if !isFlushAsked, isAlive {
            if world.random.chance(0.7) {
                machine.flushTaken(&work)
                perform()
            } else {
                isFlushAsked = true
                after(world.random.span(10...3_000)) { [unowned self] in
                    isFlushAsked = false
                    drive { machine, _, actions in machine.flushTaken(&actions) }
                }
            }
        }
        isWorking = false
        planTick()
    }

    private func perform() {
        while !work.isEmpty {
            let actions = work
            work = []
            for action in actions { perform(action) }
        }
    }

    private func perform(_ action: NodeMachine.Action) {
        world.trace("\(me) -> \(action)")
        switch action {
        case .say(let leg, let message): say(message, on: leg)
        case .dropLeg(let leg):
            guard let was = legs[leg] else { return }
            was.connection.send(.endLeg(was.attempt), from: .acceptor)
            forget(leg)
        case .send(let home, let message): send(message, to: home)
        case .answer(let link, let message):
            if case .answer(_, _, let epoch) = message { world.note(.epoch(observer: life * 1_000, epoch)) }
            links[link]?.send(.peer(message), from: .acceptor)
        case .dropLink(let link):
            links.removeValue(forKey: link)?.close(by: .acceptor, isAbrupt: false)
        case .readRing: readRing()
        case .open(let session, _): begin(session, isRecovered: true)
        case .adopt(let session, _, _, let isRecovered): begin(session, isRecovered: isRecovered)
        case .message(let session, let n, let isAgain, _, let bytes):
            handle(SimFrame.Request(bytes), of: session, ticket: n, isAgain: isAgain)
        case .result(let session, let n, let outcome):
            guard let leg = current[session], let was = legs[leg] else { return }
            was.connection.send(.data(was.attempt, SimFrame.result(n: n, outcome)), from: .acceptor)
        case .ended(let session, _):
            world.note(.applicationEnded(life: life, session: SimSession.number(session)))
        }
    }

    private func say(_ message: ToGateway, on leg: NodeMachine.Leg) {
        guard let was = legs[leg] else { return }
        was.connection.send(.toGateway(was.attempt, message), from: .acceptor)
        switch message {
        case .attached:
            current[was.session] = leg
            world.note(.attached(life: life, session: SimSession.number(was.session), leg: leg))
        case .moved(let epoch), .released(let epoch, _):
            world.note(.epoch(observer: life * 1_000, epoch))
            forget(leg)
        case .superseded, .refused, .close: forget(leg)
        case .taken, .deliver, .home: break
        }
    }

    private func send(_ message: PeerMessage, to home: Home) {
        if case .forward(let forward) = message {
            // What goes to one user is one stream with an epoch of its own, which rises too.
            world.note(.epoch(observer: life * 1_000 + 1 + SimUser.index(forward.to), forward.epoch))
        }
        let connection = peers[home] ?? world.connect(self, to: home)
        peers[home] = connection
        connection.send(.peer(message), from: .opener)
    }

    // MARK: - The application

    private func begin(_ session: SessionID, isRecovered: Bool) {
        world.note(
            .applicationBegan(life: life, session: SimSession.number(session), isRecovered: isRecovered))
    }

    private func handle(_ request: SimFrame.Request, of session: SessionID, ticket: UInt64, isAgain: Bool) {
        world.note(
            .applicationGot(
                life: life, session: SimSession.number(session), message: request.message, place: ticket))
        if let to = request.to {
            machine.send(
                from: session, n: request.n, upstream: ticket, isAgain: isAgain || request.isAgain,
                to: SimUser.bytes(to), payload: SimFrame.bytes(UInt64(request.message)), now: world.time, &work)
        } else if world.random.chance(0.5) {
            machine.settled(session, upstream: ticket, now: world.time, &work)
        } else {
            after(world.random.span(100...300_000)) { [unowned self] in
                drive { $0.settled(session, upstream: ticket, now: $1, &$2) }
            }
        }
    }

    // MARK: - Time

    private func planTick() {
        guard isAlive, let deadline = machine.deadline else { return }
        let moment = max(world.now, world.micros(deadline))
        guard moment < tickAt else { return }
        tickAt = moment
        at(moment) { [unowned self] in tick(planned: moment) }
    }

    private func tick(planned: Int64) {
        guard tickAt == planned else { return }
        tickAt = .max
        guard let deadline = machine.deadline else { return }
        guard world.micros(deadline) <= world.now else { return planTick() }
        world.ticks += 1
        drive { $0.tick(now: $1, &$2) }
        if let deadline = machine.deadline, world.micros(deadline) <= world.now {
            stuck += 1
            if stuck == 100 {
                world.note(.timerStuck(process: name))
                tickAt = .min
            }
        } else {
            stuck = 0
        }
    }
}
