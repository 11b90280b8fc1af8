import SessionLink

extension NodeUser {
    /// A message for the user, who is this node's. It is presented to every session at once, and kept for those to come.
    mutating func take(
        _ forward: Forwarded, from origin: Origin, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        if let known = log.index(of: forward.key), RehomingRule.knownEntryJoins.holds {
            log[known].join(origin)
            if log[known].isAccepted { out.answer(origin, .accepted, epoch: context.epoch) }
            return
        }
        if log.isFull(context.bounds) || sessions.contains(where: { $0.isFull(context.bounds) }) {
            out.answer(origin, .busy, epoch: context.epoch)
            return
        }
        let entry = log.append(forward, from: origin)
        if !hasSessions {
            evaluate(entry, context, &out)
            return
        }
        for session in sessions.indices { present(entry, to: session, context, &out) }
        if !RehomingRule.acknowledgeAfterStored.holds { accept(entry, context, &out) }
    }

    /// Sends an entry to a session that did not get it yet.
    mutating func present(_ entry: Int, to session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        guard let leg = sessions[session].openLeg, log[entry].place(of: sessions[session].id) == nil else { return }
        if sessions[session].isBehind || sessions[session].outbox.isFull(context.bounds) {
            sessions[session].isBehind = true
            return
        }
        let position = sessions[session].advance()
        let frame = context.render(
            log[entry].from, log[entry].payload, log[entry].key, position, sessions[session].kind)
        let message = KeptMessage(position: position, key: log[entry].key, frame: frame)
        sessions[session].outbox.append(message, entry: log[entry].number)
        log[entry].places.append(LogEntry.Place(session: sessions[session].id, position: position))
        log[entry].wasPresented = true
        out.actions.append(.say(leg, .deliver(message)))
    }

    /// Sends a session what waits for it, in order, as far as there is room: its gateway keeps no more than is kept here.
    mutating func presentWaiting(_ session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        sessions[session].isBehind = false
        for entry in log.entries.indices where !log[entry].isAccepted {
            if sessions[session].isBehind { return }
            present(entry, to: session, context, &out)
        }
    }

    /// The gateway of a session keeps all up to there.
    mutating func stored(
        _ session: Int, through position: Position, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        let id = sessions[session].id
        for number in sessions[session].outbox.store(through: position) {
            mark(number, id, isReceived: false, context, &out)
        }
        if !RehomingRule.keepUntilClientAck.holds { _ = sessions[session].outbox.receive(through: position) }
    }

    /// The client of a session has all up to there.
    mutating func received(
        _ session: Int, through position: Position, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        guard position < sessions[session].next else { return }
        let id = sessions[session].id
        let isOfThisHome = position >= sessions[session].homeAt || !RehomingRule.confirmsThisHome.holds
        let isHomedNow = !sessions[session].isHomed && isOfThisHome
        if isHomedNow { sessions[session].isHomed = true }
        let end = RehomingRule.receiveExactly.holds ? position : position.next
        for number in sessions[session].outbox.receive(through: end) {
            mark(number, id, isReceived: true, context, &out)
        }
        if isHomedNow { evaluateAll(context, &out) }
    }

    /// The gateway of a session had that message already, under another position. If that copy is kept here its
    /// acknowledgement counts; if not, it was acknowledged.
    mutating func duplicate(
        _ session: Int, at position: Position, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        let id = sessions[session].id
        guard let item = sessions[session].outbox.remove(position), let entry = log.index(of: item.entry) else {
            return
        }
        let other = sessions[session].outbox.rest(item.entry, on: item.message.key)
        if let place = log[entry].place(of: id) { log[entry].places[place].position = other ?? position }
        mark(item.entry, id, isReceived: other == nil, context, &out)
    }

    /// The gateway of a session could not take that message. Told `busy` if no other session was sent it.
    mutating func declined(
        _ session: Int, at position: Position, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        let id = sessions[session].id
        guard let item = sessions[session].outbox.remove(position), let entry = log.index(of: item.entry) else {
            return
        }
        log[entry].places.removeAll { $0.session == id }
        if log[entry].isAccepted {
            evaluate(entry, context, &out)
        } else {
            settle(entry, log[entry].places.isEmpty ? .busy : .unconfirmed, context, &out)
        }
    }

    private mutating func mark(
        _ number: UInt64, _ session: SessionID, isReceived: Bool, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        guard let entry = log.index(of: number), let place = log[entry].place(of: session) else { return }
        log[entry].places[place].isStored = true
        if isReceived {
            log[entry].places[place].isReceived = true
            log[entry].wasReceived = true
        }
        evaluate(entry, context, &out)
    }

    /// What is to be said of every entry now.
    mutating func evaluateAll(_ context: NodeContext, _ out: inout NodeOutlet) {
        for number in log.entries.map(\.number) {
            if let entry = log.index(of: number) { evaluate(entry, context, &out) }
        }
    }

    /// Says what can be said of an entry now, and forgets it with the last answer.
    mutating func evaluate(_ entry: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        if log[entry].isAccepted {
            if log[entry].wasReceived {
                settle(entry, .delivered, context, &out)
            } else if log[entry].places.isEmpty {
                settle(entry, .unconfirmed, context, &out)
            }
            return
        }
        if isInGrace(context), RehomingRule.graceHoldsAcceptance.holds || !hasSessions { return }
        guard hasSessions else {
            evaluateAlone(entry, context, &out)
            return
        }
        if isStored(entry) { accept(entry, context, &out) }
    }

    /// The ring was read: who was doubted before that is offline. Who was doubted since waits for the next time.
    mutating func confirmed(_ context: NodeContext, _ out: inout NodeOutlet) {
        evaluateAll(context, &out)
        let oldest = log.entries.compactMap { $0.isAccepted || hasSessions ? nil : $0.doubtedSince }.min()
        doubtUntil = oldest.map { $0 + context.bounds.release }
    }

    /// Says what can be said of an entry whose user has no session here. Nobody is called offline by a ring that may be old:
    /// the user may be at another node since. It is read once more first.
    private mutating func evaluateAlone(_ entry: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        if log[entry].wasReceived {
            settle(entry, .delivered, context, &out)
        } else if log[entry].wasPresented {
            settle(entry, .unconfirmed, context, &out)
        } else if !RehomingRule.offlineIsConfirmed.holds {
            settle(entry, .offline, context, &out)
        } else if let since = log[entry].doubtedSince {
            if let confirmed = context.confirmed, confirmed >= since { settle(entry, .offline, context, &out) }
        } else {
            log[entry].doubtedSince = context.now
            guard doubtUntil == nil else { return }
            doubtUntil = context.now + context.bounds.release
            out.errands.append(.doubted(user: name))
        }
    }

    /// Whether every session has it, each of them at home here.
    private func isStored(_ entry: Int) -> Bool {
        var some = false
        for session in sessions where session.counts {
            let isStored = log[entry].places.contains { $0.session == session.id && $0.isStored }
            let isDone = isStored && (session.isHomed || !RehomingRule.holdUntilHomed.holds)
            if !isDone, RehomingRule.everySessionCounts.holds { return false }
            some = some || isDone
        }
        return some
    }

    private mutating func accept(_ entry: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        log.accept(entry)
        for origin in log[entry].origins { out.answer(origin, .accepted, epoch: context.epoch) }
        if log[entry].wasReceived { settle(entry, .delivered, context, &out) }
    }

    mutating func settle(
        _ entry: Int, _ answer: ForwardAnswer, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        for origin in log[entry].origins { out.answer(origin, answer, epoch: context.epoch) }
        log.remove(entry)
    }
}
