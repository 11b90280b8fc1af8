import ClusterModel
import Rehoming
import SessionLink

/// One stay of a client at a gateway: drives a `GatewaySessionMachine` between the client's socket and the session's legs.
final class SimStay: Endpoint {
    let number: Int
    unowned let gateway: SimGateway
    private unowned let world: Simulation
    private(set) var machine: GatewaySessionMachine
    private let client: Connection
    let session: Int
    private var links: [Home: Connection] = [:]
    /// The legs that are open, by attempt.
    private(set) var legs: [UInt32: Connection] = [:]
    private var latest: UInt32 = 0
    private(set) var hasClient = true
    /// What the client wrote while it was not read.
    private var unread: [Wire] = []
    private var isFull = false
    private var work: [GatewaySessionMachine.Action] = []
    private var isWorking = false
    private var isFlushAsked = false
    private var tickAt = Int64.max
    private var stuck = 0
    /// Copies that the gateway must be keeping for its client.
    private var kept: [Position] = []
    /// What the client sent and no node has dealt with.
    private var window: [UInt64] = []

    init(number: Int, gateway: SimGateway, client: Connection, hello: ClientHello) {
        self.number = number
        self.gateway = gateway
        world = gateway.world
        self.client = client
        session = SimSession.number(hello.session)
        let bounds = gateway.world.mix.bounds
        if let token = hello.token {
            machine = GatewaySessionMachine(
                resuming: token, user: SimUser.bytes(hello.user), position: hello.position, bounds: bounds)
        } else {
            machine = GatewaySessionMachine(
                session: hello.session, user: SimUser.bytes(hello.user), kind: hello.kind, bounds: bounds)
        }
    }

    var process: SimProcess { gateway }

    /// Where the open leg leads, if there is one.
    var openLegs: [Connection] { legs.keys.sorted().compactMap { legs[$0] } }

    // MARK: - Events

    func learn(_ ring: SimRing) {
        drive { $0.ring(epoch: ring.epoch, owner: ring.owner(of: $0.user), now: $1, &$2) }
    }

    func move() {
        drive { $0.move(now: $1, &$2) }
    }

    func received(_ wire: Wire, on connection: Connection) {
        switch wire {
        case .toGateway(let attempt, let message):
            // What an ended leg still brings is the machine's to ignore.
            if legs[attempt] === connection {
                switch message {
                case .moved, .superseded, .refused, .released, .close: end(attempt)
                case .taken(let through, let also): window.removeAll { $0 <= through || also.contains($0) }
                case .attached, .deliver, .home: break
                }
            }
            drive { $0.heard(message, on: attempt, now: $1, &$2) }
        case .endLeg(let attempt):
            guard legs[attempt] === connection else { return }
            end(attempt)
            drive { $0.legLost(attempt, now: $1, &$2) }
        case .data(let attempt, let bytes):
            if legs[attempt] === connection { client.send(.frame(bytes), from: .acceptor) }
        case .send, .acknowledge, .goodbye:
            if isFull || !unread.isEmpty { unread.append(wire) } else { read(wire) }
        default:
            break
        }
    }

    func lost(_ connection: Connection) {
        if connection === client { return leave(1006) }
        for attempt in legs.keys.sorted() where legs[attempt] === connection {
            end(attempt)
            drive { $0.legLost(attempt, now: $1, &$2) }
        }
        links = links.filter { $0.value !== connection }
    }

    private func read(_ wire: Wire) {
        switch wire {
        case .send(let bytes):
            let intake = bytes.withUnsafeBytes { machine.clientSent($0, isText: true) }
            switch intake {
            case .send(let n):
                say(latest, .message(n: n, isAgain: false, isText: true, bytes: bytes))
                keepUpstream(n)
            case .kept(let n): keepUpstream(n)
            case .full:
                isFull = true
                unread.insert(wire, at: 0)
            }
            drive { _, _, _ in }
        case .acknowledge(let position):
            kept.removeAll { $0 <= position }
            drive { machine, _, actions in machine.clientReceived(through: position, &actions) }
        case .goodbye(let code): leave(code)
        default: break
        }
    }

    private func keepUpstream(_ n: UInt64) {
        window.append(n)
        world.note(.kept(session: session, count: window.count, most: world.mix.bounds.messages))
    }

    private func leave(_ code: UInt16) {
        guard hasClient else { return }
        hasClient = false
        unread = []
        client.close(by: .acceptor, isAbrupt: false)
        drive { $0.clientClosed(code, now: $1, &$2) }
    }

    // MARK: - The machine

    private func drive(
        _ step: (inout GatewaySessionMachine, Duration, inout [GatewaySessionMachine.Action]) -> Void
    ) {
        step(&machine, world.time, &work)
        guard !isWorking else { return }
        isWorking = true
        perform()
        if !isFlushAsked {
            if world.random.chance(0.7) {
                machine.flush(&work)
                perform()
            } else {
                isFlushAsked = true
                gateway.after(world.random.span(10...3_000)) { [self] in
                    isFlushAsked = false
                    drive { machine, _, actions in machine.flush(&actions) }
                }
            }
        }
        isWorking = false
        if machine.isOver, !hasClient { gateway.forget(self) }
        planTick()
    }

    private func perform() {
        while !work.isEmpty {
            let actions = work
            work = []
            for action in actions { perform(action) }
        }
    }

    private func perform(_ action: GatewaySessionMachine.Action) {
        world.trace("\(gateway.name) s\(session) -> \(action)")
        switch action {
        case .attach(let attempt, let home, let attach): open(attempt, home, attach)
        case .say(let attempt, let message): say(attempt, message)
        case .dropLeg(let attempt):
            legs[attempt]?.send(.endLeg(attempt), from: .opener)
            end(attempt)
        case .attached: client.send(.frame(SimFrame.began(isRecovered: true)), from: .acceptor)
        case .refuse: closeClient(1013)
        case .close(let code, _): closeClient(code.rawValue)
        case .deliver(let message): deliver(message)
        case .home(let home, let position, let generation):
            client.send(.home(home, position, generation), from: .acceptor)
        case .readRing(let epoch): gateway.readRing(atLeast: epoch)
        case .suspect(let home): world.suspect(home)
        case .readAgain:
            isFull = false
            gateway.after(0) { [self] in readUnread() }
        case .wantMove: gateway.want(self)
        case .moveDone: gateway.moveDone(self)
        }
    }

    private func readUnread() {
        while hasClient, !isFull, !unread.isEmpty { read(unread.removeFirst()) }
    }

    private func open(_ attempt: UInt32, _ home: Home, _ attach: SessionAttach) {
        latest = attempt
        world.note(.epoch(observer: -number, attach.epoch))
        world.note(.legOpened(place: number, leg: UInt64(attempt)))
        world.note(.kept(session: session, count: attach.buffer.count, most: world.mix.bounds.messages))
        let link = links[home].flatMap { $0.isOpen(.opener) ? $0 : nil } ?? world.connect(self, to: home)
        links[home] = link
        legs[attempt] = link
        link.send(.toNode(attempt, .attach(attach)), from: .opener)
    }

    private func say(_ attempt: UInt32, _ message: ToNode) {
        legs[attempt]?.send(.toNode(attempt, message), from: .opener)
        if case .close = message { end(attempt) }
    }

    private func end(_ attempt: UInt32) {
        guard legs.removeValue(forKey: attempt) != nil else { return }
        world.note(.legEnded(place: number, leg: UInt64(attempt)))
    }

    private func closeClient(_ code: UInt16) {
        guard hasClient else { return }
        hasClient = false
        unread = []
        client.send(.goodbye(code), from: .acceptor)
        client.close(by: .acceptor, isAbrupt: false)
    }

    private func deliver(_ message: KeptMessage) {
        client.send(.frame(message.frame), from: .acceptor)
        guard machine.kind == .plain else { return keep(message.position) }
        if world.random.chance(0.7) {
            machine.clientReceived(through: message.position, &work)
        } else {
            gateway.after(world.random.span(100...20_000)) { [self] in
                drive { machine, _, actions in
                    machine.clientReceived(through: message.position, &actions)
                }
            }
        }
    }

    private func keep(_ position: Position) {
        guard hasClient else { return }
        kept.append(position)
        world.note(.kept(session: session, count: kept.count, most: world.mix.bounds.messages))
    }

    // MARK: - Time

    private func planTick() {
        guard let deadline = machine.deadline else { return }
        let moment = max(world.now, world.micros(deadline))
        guard moment < tickAt else { return }
        tickAt = moment
        gateway.at(moment) { [self] in tick(planned: moment) }
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
                world.note(.timerStuck(process: "\(gateway.name) s\(session)"))
                tickAt = .min
            }
        } else {
            stuck = 0
        }
    }
}
