import Admission
import ClusterModel
import Edge
import HashRing
import Reactor
import Rehoming
import SessionLink
import WebSocketWire

// Plan C: sessions that outlive their owners. What happens to one is told to its machine; what the machine wants is done.
extension GatewayLoop {
    typealias Action = GatewaySessionMachine.Action

    /// The loop's time as machines take it.
    var machineTime: Duration { .nanoseconds(loop.now.nanoseconds) }

    /// Tells a session's machine something, and does what it wants then.
    func tell(
        _ client: ClientID, _ rehomed: RehomedSession,
        _ event: (inout GatewaySessionMachine, Duration, inout [Action]) -> Void
    ) {
        var actions: [Action] = []
        event(&rehomed.machine, machineTime, &actions)
        for action in actions { perform(action, client, rehomed) }
        gather(client, rehomed)
        setTimer(client, rehomed)
    }

    /// Tells a session which node its ring names now.
    func tellRing(_ client: ClientID, _ rehomed: RehomedSession, hash: UInt64, _ ring: RingSnapshot) {
        let owner = ring.owner(ofHash: hash).map { Home(node: $0.id, incarnation: $0.incarnation) }
        tell(client, rehomed) { $0.ring(epoch: ring.epoch.value, owner: owner, now: $1, &$2) }
    }

    /// A new ring: every session that can be moved hears of it.
    func tellAllRehomed(_ service: Int, _ ring: RingSnapshot) {
        keepPace(service, ring)
        var all: [(ClientID, RehomedSession, UInt64)] = []
        for client in sessions.all {
            guard let session = sessions.find(client), session.pointee.service == service,
                let rehomed = session.pointee.rehomed
            else { continue }
            all.append((client, rehomed, session.pointee.hash))
        }
        for (client, rehomed, hash) in all { tellRing(client, rehomed, hash: hash, ring) }
        if ring.plan == .rehome { sayWhenPlaced(service, epoch: ring.epoch.value) }
    }

    /// Tells the nodes once all sessions are where that ring wants them: until then a node that gained users waits for theirs.
    private func sayWhenPlaced(_ service: Int, epoch: UInt64) {
        guard ring(service)?.epoch.value == epoch, !stopping else { return }
        let isPlaced = sessions.all.allSatisfy { client in
            guard let session = sessions.find(client), session.pointee.service == service else { return true }
            return session.pointee.rehomed?.machine.isPlaced ?? true
        }
        guard isPlaced else {
            loop.after(.milliseconds(50)) { [unowned self] _ in sayWhenPlaced(service, epoch: epoch) }
            return
        }
        links.sayAttachDone(service, epoch: epoch)
    }

    /// The leg of a session is gone, or could not be opened.
    func legLost(_ client: ClientID, _ rehomed: RehomedSession) {
        guard let attempt = rehomed.attempt else { return }
        forgetLeg(client, rehomed)
        tell(client, rehomed) { $0.legLost(attempt, now: $1, &$2) }
    }

    /// Nothing is under way on a leg that is gone; the next one begins with full credit. A client that waited for credit, or for
    /// room on the link, waits for it no more: nobody else would have it read again.
    func forgetLeg(_ client: ClientID, _ rehomed: RehomedSession) {
        rehomed.forgetLeg()
        guard let session = sessions.find(client) else { return }
        session.pointee.link = nil
        session.pointee.fromNode = ReceiveCredit()
        session.pointee.order = ChunkOrder()
        session.pointee.assembly = nil
        session.pointee.heldBack = 0
        session.pointee.pausedByLink = false
        if session.pointee.phase == .open, rehomed.refused == nil { edge.resume(client) }
    }

    private func perform(_ action: Action, _ client: ClientID, _ rehomed: RehomedSession) {
        guard let session = sessions.find(client), session.pointee.rehomed === rehomed else { return }
        switch action {
        case .attach(let attempt, let home, let attach):
            forgetLeg(client, rehomed)
            rehomed.attempt = attempt
            session.pointee.epoch = attach.epoch
            links.adopt(client, rehomed, session, attach, home)
        case .say(let attempt, let words):
            guard rehomed.attempt == attempt, let link = session.pointee.link else { return }
            say(words, client, session, rehomed, link)
        case .dropLeg(let attempt):
            guard rehomed.attempt == attempt else { return }
            if let link = session.pointee.link {
                links.endLeg(session.pointee.leg, on: link, code: .abnormal, reason: "")
            }
            forgetLeg(client, rehomed)
        case .attached: open(client, session)
        case .refuse(let status, let reason): refused(client, LinkRefused(status: status, reason: reason))
        case .deliver(let message): deliver(message, client, session, rehomed)
        case .home(let home, let position, let generation):
            self.home(home, at: position, generation: generation, client, session, rehomed)
        case .readRing: shared.services[session.pointee.service].refresh()
        // The pool reports whatever link breaks, with the reason that only it knows.
        case .suspect(let home): links.doubt(home, of: session.pointee.service, hash: session.pointee.hash)
        case .readAgain: readAgain(client, session, rehomed)
        case .wantMove:
            paces[session.pointee.service].want(client, isUrgent: rehomed.machine.isStalled)
            movePaced()
        case .moveDone:
            paces[session.pointee.service].done(client)
            movePaced()
        case .close(let code, let reason): close(client, session, code, reason)
        }
    }

    private func open(_ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>) {
        guard session.pointee.phase == .attaching else { return }
        session.pointee.phase = .open
        let expires = session.pointee.request?.expires
        session.pointee.request = nil
        count(session)
        let isResumable = session.pointee.rehomed?.machine.kind == .resumable
        edge.accept(client, subprotocol: isResumable ? Arrival.subprotocol : TokenPlace.marker)
        desk.begin(client, expires: expires, edge: edge)
    }

    private func close(
        _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>, _ code: CloseCode, _ reason: String
    ) {
        guard session.pointee.phase == .open else { return refuse(client, .ownerUnreachable) }
        session.pointee.end()
        edge.close(client, code: code.isAllowedOnWire ? code : .internalError, reason: reason)
    }

    /// What the machine gathers in this round is said at its end, once for all that happened.
    func gather(_ client: ClientID, _ rehomed: RehomedSession) {
        guard !rehomed.isGathering else { return }
        rehomed.isGathering = true
        gathering.append((client, rehomed))
        loop.atRoundEnd(links.handlerID)
    }

    /// The round ends.
    func sayGathered() {
        let all = gathering
        gathering.removeAll(keepingCapacity: true)
        for (client, rehomed) in all {
            rehomed.isGathering = false
            var actions: [Action] = []
            rehomed.machine.flush(&actions)
            for action in actions { perform(action, client, rehomed) }
        }
    }

    // MARK: Time

    /// One timer of the loop per session that waits for something.
    private func setTimer(_ client: ClientID, _ rehomed: RehomedSession) {
        guard let deadline = rehomed.machine.deadline else { return }
        if let timerAt = rehomed.timerAt, timerAt <= deadline { return }
        rehomed.timerAt = deadline
        loop.schedule(
            after: max(deadline - machineTime, .milliseconds(1)), handler: links.handlerID, key: client.key)
    }

    /// A timer of a session came.
    func timeCame(_ client: ClientID, _ rehomed: RehomedSession) {
        guard let timerAt = rehomed.timerAt, timerAt <= machineTime else { return }
        rehomed.timerAt = nil
        tell(client, rehomed) { $0.tick(now: $1, &$2) }
    }

    // MARK: Pace

    /// The budget of a service's moves is the process's; each loop has its share.
    func keepPace(_ service: Int, _ ring: RingSnapshot) {
        paces[service].set(
            perSecond: max(1, ring.moves.perSecond / shared.loops), inFlight: max(1, ring.moves.inFlight / shared.loops)
        )
    }

    /// Lets those move whose turn has come.
    func movePaced() {
        guard !isPacing else { return }
        isPacing = true
        for service in paces.indices { movePaced(service) }
        isPacing = false
        guard let next = paces.compactMap({ $0.deadline }).min(), !isPaceTimerSet else { return }
        isPaceTimerSet = true
        loop.after(max(next - machineTime, .milliseconds(1))) { [unowned self] _ in
            isPaceTimerSet = false
            movePaced()
        }
    }

    private func movePaced(_ service: Int) {
        while true {
            let turn = paces[service].next(now: machineTime)
            guard !turn.isEmpty else { return }
            for client in turn {
                if let rehomed = sessions.find(client)?.pointee.rehomed {
                    tell(client, rehomed) { $0.move(now: $1, &$2) }
                } else {
                    paces[service].done(client)
                }
            }
        }
    }
}
