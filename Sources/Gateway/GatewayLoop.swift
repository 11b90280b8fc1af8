import Admission
import ClusterModel
import Edge
import HashRing
import Reactor
import Rehoming
import RingSync
import SessionLink
import WebSocketWire

/// One loop of a gateway: its clients, and its links to the nodes.
///
/// ```
/// client ─ upgrade ─▶ user ─ ring ─▶ owner ─▶ link (one per node loop) ─ attach ─▶ node
///    101 ◀──────────────────────────────────────────────────────────── attached ◀──┘
/// messages ⇄ frames of the session's leg; credit bounds what is under way in each direction
/// ```
/// Nothing here waits: routing is a look-up in this loop's own copy of the ring.
final class GatewayLoop: EdgeApplication {
    let loop: EventLoop
    let shared: GatewayShared
    let sessions: SocketStore<GatewaySession>
    private(set) lazy var edge = EdgeServer(
        loop: loop, limits: shared.limits, bounds: shared.bounds, application: self)
    private(set) lazy var links = LinkPool(self)
    /// Who may come in.
    let desk: IdentityDesk
    private let rings: [ServiceRing]
    /// What each service's clients did, in the order of the services.
    var traffic: [GatewayTraffic]
    /// Legs whose node broke a rule.
    var violations = LegViolations()
    private(set) var stopping = false
    /// Which sessions may begin to move now (plan C), by service.
    var paces: [MovePace<ClientID>]
    var isPacing = false
    var isPaceTimerSet = false
    /// Sessions whose machines are asked at the round's end what they gathered.
    var gathering: [(ClientID, RehomedSession)] = []

    init(loop: EventLoop, shared: GatewayShared) {
        self.loop = loop
        self.shared = shared
        sessions = SocketStore(limit: loop.socketLimit)
        desk = IdentityDesk(loop: loop, rules: shared.identity)
        rings = shared.services.map { ServiceRing($0.cache) }
        traffic = Array(repeating: GatewayTraffic(), count: shared.services.count)
        paces = shared.services.map { _ in MovePace(perSecond: 1, inFlight: 1) }
    }

    /// The ring this loop routes by; nil until the first one came.
    func ring(_ service: Int) -> RingSnapshot? { rings[service].reader.snapshot() }

    // MARK: A client comes

    func upgrade(_ request: UpgradeRequest, from client: ClientID, peer: SocketAddress, edge: EdgeServer) {
        guard !stopping else { return edge.refuse(client, .shuttingDown(retryAfter: 1)) }
        do throws(HTTPRefusal) {
            let name = try shared.identity.service(of: request.head)
            let service = try index(of: name)
            try shared.identity.origins.check(request.head, for: name)
            let claim = try shared.identity.claim(of: request, for: name)
            desk.settle(claim, for: client) { [unowned self] answer in
                admit(client, answer, to: service, request, peer: peer)
            }
        } catch {
            edge.refuse(client, error)
        }
    }

    /// It is known who the client is: from here on it has a session, and a node hears of it.
    private func admit(
        _ client: ClientID, _ answer: Result<IdentityDesk.Identity, HTTPRefusal>, to service: Int,
        _ request: UpgradeRequest, peer: SocketAddress
    ) {
        do throws(HTTPRefusal) {
            let identity = try answer.get()
            guard !stopping else { throw .shuttingDown(retryAfter: 1) }
            guard let ring = ring(service) else { throw .noOwner(retryAfter: 1) }
            let user = identity.user
            let name = shared.services[service].name
            let arrival = ring.plan == .rehome ? Arrival(request, of: user, to: name) : .plain
            var session = GatewaySession(
                service: service, user: user, hash: ring.ring.hash(of: user), id: arrival.session(of: user))
            session.request = AttachRequest(
                peer: peer.description, target: request.head.target(withoutQueryParameter: TokenPlace.queryName),
                expires: identity.expires)
            guard ring.plan == .rehome else {
                sessions.add(client, session)
                loop.schedule(after: GatewayShared.attachTime, handler: links.handlerID, key: client.key)
                return route(client)
            }
            guard ring.owner(ofHash: session.hash) != nil else { throw .noOwner(retryAfter: 1) }
            keepPace(service, ring)
            let rehomed = RehomedSession(
                machine(arrival, session), isInBy: machineTime + GatewayShared.attachTime)
            if case .resuming = arrival { rehomed.heldBack = [] }
            session.rehomed = rehomed
            let hash = session.hash
            sessions.add(client, session)
            loop.schedule(after: GatewayShared.attachTime, handler: links.handlerID, key: client.key)
            tellRing(client, rehomed, hash: hash, ring)
        } catch {
            edge.refuse(client, error)
        }
    }

    func index(of service: ServiceName) throws(HTTPRefusal) -> Int {
        guard let index = shared.services.firstIndex(where: { $0.name == service }) else {
            throw .notFound("no service '\(service)' here")
        }
        return index
    }

    /// Finds the owner in this loop's ring and gives it the session.
    func route(_ client: ClientID) {
        guard let session = sessions.find(client), session.pointee.phase != .open else { return }
        guard let ring = ring(session.pointee.service), let owner = ring.owner(ofHash: session.pointee.hash) else {
            return refuse(client, .noOwner(retryAfter: 1))
        }
        session.pointee.epoch = ring.epoch.value
        session.pointee.phase = .attaching
        links.attach(client, to: owner, service: session.pointee.service, hash: session.pointee.hash)
    }

    /// The node is not the owner. Whoever has the lower epoch reads the ring again, then both decide again (Ring v1 §7).
    func moved(_ client: ClientID, epoch: UInt64) {
        guard let session = sessions.find(client), session.pointee.phase == .attaching else { return }
        let service = session.pointee.service
        session.pointee.attempts += 1
        guard session.pointee.attempts < 16 else { return refuse(client, .noOwner(retryAfter: 1)) }
        let mine = ring(service)?.epoch.value ?? 0
        if mine > session.pointee.epoch { return route(client) }
        session.pointee.phase = .waitingForRing
        if epoch > mine {
            rings[service].waiting.append(client)
            shared.services[service].refresh()
        } else {
            // The node is behind, or is only just adopting what we hold: it will know in a moment.
            loop.after(.milliseconds(100)) { [unowned self] _ in route(client) }
        }
    }

    /// A new ring is in the cache: those who waited for it are routed by it; nodes it does not name are let go.
    func ringChanged(_ service: Int, _ ring: RingSnapshot) {
        let clients = rings[service].waiting
        rings[service].waiting.removeAll()
        for client in clients where sessions.find(client)?.pointee.phase == .waitingForRing { route(client) }
        tellAllRehomed(service, ring)
        links.ringChanged(service, ring)
    }

    /// A timer of a client's came: its five seconds are over, or its machine waits for something.
    func timeIsUp(_ client: ClientID) {
        guard let session = sessions.find(client) else { return }
        guard let rehomed = session.pointee.rehomed else { return deadline(client) }
        if session.pointee.phase == .attaching, machineTime >= rehomed.isInBy { return deadline(client) }
        timeCame(client, rehomed)
    }

    /// The client's five seconds are over.
    func deadline(_ client: ClientID) {
        guard let session = sessions.find(client) else { return }
        switch session.pointee.phase {
        case .attaching: refuse(client, .ownerTooSlow)
        case .waitingForRing: refuse(client, .noOwner(retryAfter: 1))
        case .open, .ended: break
        }
    }

    /// A request that found no owner: the answer, and no leg stays behind.
    func refuse(_ client: ClientID, _ refusal: HTTPRefusal) {
        endLeg(client, code: .abnormal, reason: "")
        if let session = sessions.find(client) { paces[session.pointee.service].done(client) }
        sessions.remove(client)
        edge.refuse(client, refusal)
    }

    // MARK: A client goes

    /// What it sent before it broke a rule is on its way to the node.
    func owesAnswers(to client: ClientID, edge: EdgeServer) -> Bool {
        guard let session = sessions.find(client), session.pointee.phase == .open, let link = session.pointee.link
        else {
            return false
        }
        return links.askForAnswers(client, on: link)
    }

    func ended(_ client: ClientID, code: CloseCode, reason: String, edge: EdgeServer) {
        desk.ended(client)
        if let session = sessions.find(client), let rehomed = session.pointee.rehomed {
            tell(client, rehomed) { $0.clientClosed(code.rawValue, now: $1, &$2) }
            paces[session.pointee.service].done(client)
        }
        endLeg(client, code: code, reason: reason)
        if let session = sessions.find(client), session.pointee.counted {
            traffic[session.pointee.service].sessions -= 1
        }
        sessions.remove(client)
    }

    /// Counts a session as open.
    func count(_ session: UnsafeMutablePointer<GatewaySession>) {
        session.pointee.counted = true
        traffic[session.pointee.service].sessions += 1
    }

    /// Tells the node that a session ended, if it does not know.
    private func endLeg(_ client: ClientID, code: CloseCode, reason: String) {
        guard let session = sessions.find(client), let socket = session.pointee.link else { return }
        links.endLeg(session.pointee.leg, on: socket, code: code, reason: reason)
        session.pointee.link = nil
        session.pointee.phase = .ended
    }

    func acceptPaused(_ pause: AcceptPause, edge: EdgeServer) {
        shared.logger.warning("no more clients for now", metadata: ["reason": "\(pause)", "times": "\(pause.times)"])
    }

    /// Takes no more clients and closes those it has, at once: a gateway has nothing to hand over, and each client comes back
    /// through another one.
    func stop() {
        stopping = true
        edge.stopListening()
        let retry = UInt64.random(in: 0...1000)
        edge.closeAll(code: .draining, reason: CloseAdvice(retryMilliseconds: retry).reason)
    }
}

/// A loop's view of one service's ring, and who waits for a newer one.
private final class ServiceRing {
    var reader: RingReader
    /// Clients that wait for a ring of at least the epoch that a node told us.
    var waiting: [ClientID] = []

    init(_ cache: RingCache) { reader = RingReader(cache) }
}
