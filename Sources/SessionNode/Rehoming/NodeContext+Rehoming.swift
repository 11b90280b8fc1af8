import ClusterModel
import HashRing
import Reactor
import Rehoming
import SessionLink

// Plan C: what gateways say of sessions that outlive their owners is told to the machine, and what it wants is done.
extension NodeContext {
    /// The loop's time as machines take it.
    var machineTime: Duration { .nanoseconds(loop.now.nanoseconds) }

    /// What this loop of this run of the node is to others.
    var home: Home { Home(node: node, incarnation: identity.incarnation, loop: loopIndex) }

    /// The machine, made when it is needed first.
    func rehomingDesk() -> NodeRehoming {
        if let rehoming { return rehoming }
        let desk = NodeRehoming(
            NodeMachine(
                me: home,
                render: { [unowned self] from, payload, key, position, kind in
                    application.frame(
                        ReliableMessage(from: from, payload: payload, key: key, position: position, kind: kind))
                },
                freeze: { [unowned self] in freeze($0) }))
        rehoming = desk
        if let snapshot = ring.snapshot { tell { $0.ring(RingOwners(snapshot: snapshot), now: $1, &$2) } }
        return desk
    }

    /// Tells the machine something, and does what it wants then.
    func tell(_ event: @escaping (inout NodeMachine, Duration, inout [NodeMachine.Action]) -> Void) {
        guard let rehoming else { return }
        // What an application does while it is asked for a session's state is told afterwards.
        guard !rehoming.isDeciding else { return rehoming.later.append(event) }
        var actions: [NodeMachine.Action] = []
        rehoming.isDeciding = true
        event(&rehoming.machine, machineTime, &actions)
        rehoming.isDeciding = false
        let later = rehoming.later
        rehoming.later.removeAll()
        carryOut(actions, rehoming)
        for event in later { tell(event) }
        gatherTaken(rehoming)
        setRehomingTimer(rehoming)
    }

    /// Does what the machine wants, behind what it wanted before.
    func carryOut(_ actions: [NodeMachine.Action], _ desk: NodeRehoming) {
        desk.todo += actions
        guard !desk.isPerforming else { return }
        desk.isPerforming = true
        var next = 0
        while next < desk.todo.count {
            perform(desk.todo[next], desk)
            next += 1
        }
        desk.todo.removeAll(keepingCapacity: true)
        desk.isPerforming = false
        while let id = desk.leaving.first { leave(id, desk) }
        while let home = desk.lost.first {
            desk.lost.removeFirst()
            tell { $0.peerLost(home, now: $1, &$2) }
        }
    }

    /// Whether the process stood still (a debugger, a frozen machine) for about as long as others wait for it. Its users may
    /// have another owner by now, and their gateways have sent there again what lies unread on its links: nothing of that may
    /// be dealt with here too.
    var hasSleptTooLong: Bool {
        guard let sweptAt, ring.snapshot?.plan == .rehome else { return false }
        return loop.now - sweptAt > .milliseconds(2500)
    }

    /// A frame of a leg that was, or is now, opened with an adopt.
    ///
    /// - Throws: what ends the link.
    func heardRehomed(_ frame: LinkFrame, _ link: ServedLink) throws(LinkError) {
        let desk = rehomingDesk()
        if frame.kind == .adopt {
            guard link.adopted[frame.leg] == nil, link.legs[frame.leg] == nil, frame.leg != .link else {
                throw .outOfOrder(.adopt)
            }
            guard link.adopted.count < ServedLink.legBound else {
                return writeFrames(
                    ToGateway.refused(status: 503, reason: "the link carries too many sessions"), leg: frame.leg,
                    to: link.socket)
            }
            link.adopted[frame.leg] = AdoptedLeg(desk.nextLeg())
        }
        // A leg that ended here may still have frames on their way.
        guard let leg = link.adopted[frame.leg] else { return }
        if frame.kind == .again { try took(frame, link) }
        guard var words = try leg.reader.take(frame, maxMessageBytes: maxMessageBytes) else { return }
        if case .attach(var attach) = words {
            if let (status, reason) = refusal(of: attach, desk) {
                link.adopted[frame.leg] = nil
                return writeFrames(
                    ToGateway.refused(status: status, reason: reason), leg: frame.leg, to: link.socket)
            }
            desk.places[leg.number] = .init(link: link.socket, leg: frame.leg, session: attach.session)
            desk.legs[attach.session] = leg.number
            desk.clients.note(attach.session, attach.kind)
            if let home = attach.home, let snapshot = ring.snapshot {
                attach.home = RingOwners(snapshot: snapshot).placed(home, of: attach.user)
                words = .attach(attach)
            }
        }
        if case .close = words { forget(leg.number, desk) }
        tell { $0.heard(words, on: leg.number, now: $1, &$2) }
        if frame.kind == .again, let ref = link.legs[frame.leg] {
            giveBack(Credit.cost(payloadCount: frame.payload.count), to: ref, link.socket, frame.leg)
        }
    }

    /// Why a session is not taken, whatever the ring says. One that was elsewhere counts already.
    private func refusal(of attach: SessionAttach, _ desk: NodeRehoming) -> (status: UInt16, reason: String)? {
        attach.user.withUnsafeBytes { user in
            if let error = UserKey.validate(user) { return (400, "\(error)") }
            guard attach.isNew, desk.refs[attach.session] == nil else { return nil }
            return mayOpen(attach.user, hash: ring.hash(of: user)) ? nil : (503, Self.tooManySessions)
        }
    }

    /// A replayed message costs credit like any other.
    private func took(_ frame: LinkFrame, _ link: ServedLink) throws(LinkError) {
        guard let ref = link.legs[frame.leg] else { return }
        let taken = sessions.update(ref) { session in
            Result { () throws(LinkError) in try session.receiveCredit.received(payloadCount: frame.payload.count) }
        }
        try taken?.get()
    }

    /// A link is gone, and with it its legs; their sessions stay for a while.
    func legsLost(_ link: ServedLink) {
        guard let rehoming else { return }
        rehoming.links[link.number] = nil
        if link.number != 0 { tell { $0.linkLost(link.number, now: $1, &$2) } }
        for leg in link.adopted.values.sorted(by: { $0.number < $1.number }) {
            unbind(leg.number, rehoming)
            // The link is not among the node's any more: whoever is on it when this is over ends with it.
            if let place = rehoming.places.removeValue(forKey: leg.number) { link.legs.close(place.leg) }
            tell { $0.legLost(leg.number, now: $1, &$2) }
        }
    }

    private func perform(_ action: NodeMachine.Action, _ desk: NodeRehoming) {
        switch action {
        case .say(let leg, let words): say(words, leg, desk)
        case .dropLeg(let leg): say(.moved(epoch: epoch), leg, desk)
        case .readRing: readRing(desk)
        case .open(let session, let user): open(session, user, desk) { application.onOpen($0, in: self) }
        case .adopt(let session, let user, let state, let isRecovered):
            open(session, user, desk) {
                application.onAdopt($0, state: state, isRecovered: isRecovered, in: self)
            }
        case .message(let session, let n, let isAgain, let isText, let bytes):
            guard let ref = desk.refs[session] else { return }
            counters.messagesIn += 1
            bytes.withUnsafeBytes {
                handle($0, isText ? .text : .binary, ref, session, n: n, isAgain: isAgain, desk)
            }
        case .result(let session, let n, let outcome): tell(session, n, outcome, desk)
        case .ended(let session, let code):
            guard let ref = desk.refs.removeValue(forKey: session) else { return }
            desk.legs[session] = nil
            end(ref, code: CloseCode(rawValue: code))
            desk.clients.forget(session)
        case .send(let home, let words): say(words, to: home, desk)
        case .answer(let link, let words): answer(words, on: link, desk)
        case .dropLink(let link): drop(link, desk)
        }
    }

    /// Gives the application a client's message; it is dealt with when the call is over, unless its result comes later.
    func handle(
        _ message: UnsafeRawBufferPointer, _ kind: MessageKind, _ ref: SessionRef, _ id: SessionID, n: UInt64,
        isAgain: Bool, _ desk: NodeRehoming
    ) {
        let outer = desk.handling
        desk.handling = .init(session: ref, id: id, n: n, isAgain: isAgain)
        application.onMessage(message, kind, from: ref, in: self)
        let isDeferred = desk.handling?.isDeferred ?? false
        desk.handling = outer
        if !isDeferred { settle(id, n) }
    }

    /// A client's message is dealt with.
    func settle(_ session: SessionID, _ n: UInt64) {
        tell { $0.settled(session, upstream: n, now: $1, &$2) }
    }

    // MARK: Sessions

    private func open(_ id: SessionID, _ user: [UInt8], _ desk: NodeRehoming, _ hello: (SessionRef) -> Void) {
        leave(id, desk)
        guard desk.refs[id] == nil else { return }
        let hash = user.withUnsafeBytes { ring.hash(of: $0) }
        let ref = user.withUnsafeBytes {
            sessions.open(id, user: $0, hash: hash, carrier: .none, epoch: epoch)
        }
        desk.refs[id] = ref
        if let leg = desk.legs[id] { bind(leg, desk) }
        hello(ref)
        deliverParked(to: user, hash: hash)
    }

    /// Ends a session that can move, as the application wants it; false if it can't.
    func closeRehomed(_ ref: SessionRef, _ code: CloseCode, _ reason: String) -> Bool {
        guard let rehoming, let id = sessions.session(ref)?.id, rehoming.refs[id] == ref else { return false }
        tell { $0.close(id, code: code.rawValue, reason: reason, now: $1, &$2) }
        return true
    }

    /// Gives a session the leg that it came by.
    private func bind(_ leg: NodeMachine.Leg, _ desk: NodeRehoming) {
        guard let place = desk.places[leg], let link = links[place.link], let ref = desk.refs[place.session] else {
            return
        }
        let carrier = Carrier.leg(link: place.link, leg: place.leg)
        guard sessions.session(ref)?.carrier != carrier else { return }
        backlogs.remove(ref)
        assemblies[ref] = nil
        _ = sessions.update(ref) { $0.begin(on: carrier, rehomedLeg: leg) }
        _ = link.legs.open(place.leg, ref)
        if let session = sessions.session(ref) { deliverParked(to: Array(session.user), hash: session.hash) }
    }

    /// Takes a session off its leg; the session stays.
    private func unbind(_ leg: NodeMachine.Leg, _ desk: NodeRehoming) {
        guard let place = desk.places[leg] else { return }
        links[place.link]?.legs.close(place.leg)
        guard let ref = desk.refs[place.session],
            sessions.session(ref)?.carrier == .leg(link: place.link, leg: place.leg)
        else { return }
        backlogs.remove(ref)
        assemblies[ref] = nil
        _ = sessions.update(ref) { $0.begin(on: .none) }
    }

    private func forget(_ leg: NodeMachine.Leg, _ desk: NodeRehoming) {
        unbind(leg, desk)
        guard let place = desk.places.removeValue(forKey: leg) else { return }
        links[place.link]?.adopted[place.leg] = nil
        if desk.legs[place.session] == leg { desk.legs[place.session] = nil }
    }

    private func say(_ words: ToGateway, _ leg: NodeMachine.Leg, _ desk: NodeRehoming) {
        guard let place = desk.places[leg] else { return }
        if case .released = words { leave(place.session, desk) }
        if case .attached = words { bind(leg, desk) }
        switch words {
        case .deliver, .home: sayInTurn(words, place, desk)
        default: writeFrames(words, leg: place.leg, to: place.link)
        }
        if words.isLastWord { forget(leg, desk) }
    }

    // MARK: Time

    /// What was dealt with in this round is said at its end.
    private func gatherTaken(_ desk: NodeRehoming) {
        guard !desk.isGathering, let linkHandler else { return }
        desk.isGathering = true
        loop.atRoundEnd(linkHandler)
    }

    /// The round ends.
    func sayTaken() {
        guard let rehoming, rehoming.isGathering else { return }
        rehoming.isGathering = false
        var actions: [NodeMachine.Action] = []
        rehoming.machine.flushTaken(&actions)
        carryOut(actions, rehoming)
    }

    private func setRehomingTimer(_ desk: NodeRehoming) {
        guard let deadline = desk.machine.deadline, desk.timerAt.map({ $0 > deadline }) ?? true else { return }
        desk.timerAt = deadline
        loop.after(max(deadline - machineTime, .milliseconds(1))) { [weak self] _ in
            guard let self, let desk = rehoming, let due = desk.timerAt else { return }
            // One that was set for later comes when another has taken its place.
            guard due <= machineTime + .milliseconds(2) else { return }
            desk.timerAt = nil
            tell { $0.tick(now: $1, &$2) }
        }
    }
}
