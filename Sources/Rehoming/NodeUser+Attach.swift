import SessionLink

extension NodeUser {
    typealias Leg = NodeMachine.Leg

    /// A gateway gives a session of this user, who is this node's. False if a newer generation is known (P17).
    mutating func attach(
        _ attach: SessionAttach, on leg: Leg, isHomeKnown: Bool, _ context: NodeContext, _ out: inout NodeOutlet
    ) -> Bool {
        var brief = attach
        brief.buffer = []
        var isOwnHome = attach.home == context.me
        let session: Int
        if let known = index(of: attach.session) {
            if RehomingRule.newestGenerationWins.holds, attach.generation < sessions[known].generation {
                out.lastWord(.superseded, on: leg)
                return false
            }
            session = known
            if !attach.isSynced, attach.home != context.me, !sessions[known].isHomed { takeBackUnconfirmed(known) }
            takeOver(session, brief, on: leg, context, &out)
        } else {
            isOwnHome = false
            sessions.append(NodeSession(brief, phase: .attached(leg)))
            session = sessions.count - 1
        }
        sessions[session].phase = .attached(leg)
        sessions[session].isRecovered = attach.isNew || attach.isSynced || isOwnHome
        for entry in log.entries.indices { log[entry].doubtedSince = nil }
        doubtUntil = nil
        reconcile(session, attach, context, &out)
        out.actions.append(.say(leg, .attached))
        if isOwnHome, !sessions[session].isOpen {
            sessions[session].attach.isReleased = true
        }
        let isElsewhere = !attach.isNew && !attach.isSynced && isHomeKnown && attach.home != context.me
        if let home = attach.home, isElsewhere, RehomingRule.fetchFromHome.holds {
            sessions[session].phase = .fetching(
                leg, SessionFetch(from: home, now: context.now, bounds: context.bounds))
            fetchOn(session, context, &out)
        } else {
            activate(session, context, &out)
        }
        return true
    }

    /// The former leg of a session ends: its gateway has another one, or its client another gateway.
    private mutating func takeOver(
        _ session: Int, _ attach: SessionAttach, on leg: Leg, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        if let old = sessions[session].leg, old != leg {
            if attach.generation > sessions[session].generation {
                out.lastWord(.superseded, on: old)
            } else {
                out.drop(old)
            }
        }
        takeBackUnstored(session)
        let isAnotherGateway = attach.generation != sessions[session].generation
        if isAnotherGateway && RehomingRule.numbersBeginAnew.holds || !sessions[session].isOpen {
            sessions[session].upstream.renew(attach.kind)
        }
        sessions[session].upstream.beginLeg()
        sessions[session].early = []
        sessions[session].isHomed = false
        sessions[session].generation = attach.generation
        sessions[session].kind = attach.kind
        sessions[session].attach = attach
    }

    /// Brings together what is kept here and what the gateway brings.
    private mutating func reconcile(
        _ session: Int, _ attach: SessionAttach, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        let gone =
            attach.isSynced
            ? sessions[session].outbox.settle(through: attach.last, held: attach.buffer)
            : sessions[session].outbox.receive(through: attach.last)
        if RehomingRule.keepBroughtBuffer.holds { sessions[session].outbox.merge(attach.buffer) }
        for number in gone { receivedElsewhere(number, sessions[session].id) }
    }

    private mutating func receivedElsewhere(_ number: UInt64, _ session: SessionID) {
        guard let entry = log.index(of: number), let place = log[entry].place(of: session) else { return }
        log[entry].places[place].isReceived = true
        log[entry].wasReceived = true
    }

    /// The client never confirmed this home and went on elsewhere without what is kept here: its position says nothing of
    /// that. What was not accepted is presented anew.
    private mutating func takeBackUnconfirmed(_ session: Int) {
        let id = sessions[session].id
        for item in sessions[session].outbox.items {
            guard let entry = log.index(of: item.entry), !log[entry].isAccepted else { continue }
            _ = sessions[session].outbox.remove(item.message.position)
            log[entry].places.removeAll { $0.session == id }
        }
    }

    /// What no gateway stored is to be presented anew: by the next leg, under new positions.
    mutating func takeBackUnstored(_ session: Int) {
        guard RehomingRule.presentedAnew.holds else { return }
        let id = sessions[session].id
        sessions[session].outbox.dropUnstored()
        for entry in log.entries.indices {
            log[entry].places.removeAll { $0.session == id && !$0.isStored }
        }
    }

    /// The session has a leg and all that is kept of it: it gets what it missed, then the home marker, then what waits.
    mutating func activate(_ session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        guard let leg = sessions[session].leg else { return }
        sessions[session].phase = .attached(leg)
        open(session, &out)
        let last = sessions[session].attach.last
        let base = Position(epoch: context.epoch, k: 0)
        let known = max(sessions[session].next, last.next, sessions[session].outbox.last?.next ?? .start)
        sessions[session].next = RehomingRule.positionsRise.holds ? max(known, base) : base
        if !RehomingRule.markerLast.holds { sayHome(session, on: leg, context, &out) }
        for item in sessions[session].outbox.items[sessions[session].outbox.index(after: last)...] {
            out.actions.append(.say(leg, .deliver(item.message)))
        }
        if RehomingRule.markerLast.holds { sayHome(session, on: leg, context, &out) }
        presentWaiting(session, context, &out)
        for result in sessions[session].results.takeMissed() where RehomingRule.missedResultsFollow.holds {
            out.actions.append(.result(sessions[session].id, n: result.n, result.outcome))
        }
        let early = sessions[session].early
        sessions[session].early = []
        let id = sessions[session].id
        for message in early {
            guard let place = index(of: id), sessions[place].leg == leg else { return }
            hear(message, place, context, &out)
        }
        evaluateAll(context, &out)
    }

    private mutating func sayHome(
        _ session: Int, on leg: Leg, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        let position = sessions[session].advance()
        sessions[session].homeAt = position
        out.actions.append(.say(leg, .home(context.me, at: position, isRecovered: sessions[session].isRecovered)))
    }

    private mutating func open(_ session: Int, _ out: inout NodeOutlet) {
        guard !sessions[session].isOpen else { return }
        let attach = sessions[session].attach
        let id = sessions[session].id
        sessions[session].isOpen = true
        if attach.isNew {
            out.actions.append(.open(id, user: name))
        } else {
            let state = attach.state ?? sessions[session].frozen
            out.actions.append(.adopt(id, user: name, state: state, isRecovered: attach.isReleased))
        }
        sessions[session].frozen = nil
        sessions[session].attach.state = nil
    }

    /// Asks the former home, if it is time to, or goes on without it.
    mutating func fetchOn(_ session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        guard case .fetching(let leg, var fetch) = sessions[session].phase else { return }
        if fetch.isOver(context.now) {
            activate(session, context, &out)
            return
        }
        if fetch.isDue(context.now) {
            let request = FetchRequest(
                session: sessions[session].id, incarnation: fetch.home.incarnation.value,
                generation: sessions[session].generation, user: name, epoch: context.epoch)
            out.actions.append(.send(fetch.home, .fetch(request)))
        }
        sessions[session].phase = .fetching(leg, fetch)
    }

    /// The former home answered.
    mutating func fetched(
        _ session: Int, from home: Home, generation: UInt32, _ state: SessionState?, _ context: NodeContext,
        _ out: inout NodeOutlet
    ) {
        guard case .fetching(_, let fetch) = sessions[session].phase, fetch.home == home,
            generation == sessions[session].generation
        else { return }
        if let state {
            let last = sessions[session].attach.last
            sessions[session].outbox.merge(state.outbox.filter { $0.position > last })
            sessions[session].attach.isReleased = true
            sessions[session].isRecovered = true
            sessions[session].frozen = state.state ?? sessions[session].frozen
        }
        activate(session, context, &out)
    }

    /// The link to a home was lost: who waits for it asks again.
    mutating func peerLost(_ home: Home, _ context: NodeContext) {
        for session in sessions.indices {
            guard case .fetching(let leg, var fetch) = sessions[session].phase, fetch.home == home else { continue }
            fetch.lost(context.now, bounds: context.bounds)
            sessions[session].phase = .fetching(leg, fetch)
        }
    }
}
