import SessionLink

extension NodeUser {
    /// A ring came, by which the user is this node's or not. If rings were skipped the user counts as gained: sessions may be
    /// on their way back from another owner.
    mutating func ringChanged(
        isOwned isMine: Bool, isGap: Bool, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        if isMine, !isOwned || isGap {
            since = context.epoch
            floor = max(floor, context.epoch)
            leaveBy = nil
        } else if !isMine, isOwned {
            since = nil
            lose(context, &out)
        }
        for session in sessions.indices.reversed() {
            guard session < sessions.count,
                case .leaving(let leg, let epoch, nil) = sessions[session].phase, epoch <= context.epoch
            else { continue }
            sessions[session].phase = .leaving(
                leg, epoch: epoch, settledBy: context.now + context.bounds.settle)
            releaseIfSettled(session, context, &out)
        }
    }

    /// The user is another node's: nothing is promised here any more. Sessions stay until their gateways take them away, or
    /// until patience is over: a paced move is not a storm.
    private mutating func lose(_ context: NodeContext, _ out: inout NodeOutlet) {
        for number in log.entries.filter({ !$0.isAccepted }).map(\.number) {
            guard let entry = log.index(of: number) else { continue }
            if RehomingRule.leavingTakesBack.holds {
                settle(
                    entry, .moved(epoch: context.epoch, wasPresented: log[entry].wasPresented), context, &out)
            } else {
                for origin in log[entry].origins { out.answer(origin, .accepted, epoch: context.epoch) }
                settle(entry, .unconfirmed, context, &out)
            }
        }
        for session in sessions.indices.reversed() {
            // While a leg is open its gateway may yet say that it keeps what it was sent. Forgotten here, such a copy would be
            // taken for one that the client has acknowledged, once this node owns the user again and presents it anew.
            if sessions[session].leg == nil { sessions[session].outbox.dropUnstored() }
            switch sessions[session].phase {
            case .fetching(let leg, _):
                out.lastWord(.moved(epoch: context.epoch), on: leg)
                leave(session, context, &out)
            case .legless: leave(session, context, &out)
            case .attached, .leaving, .kept: break
            }
        }
        if sessions.contains(where: { $0.leg != nil }) { leaveBy = context.now + context.bounds.grace / 2 }
    }

    /// Patience is over: who is still here is told that the session is given up (P7).
    mutating func giveUpMisplaced(_ context: NodeContext, _ out: inout NodeOutlet) {
        guard !isOwned, RehomingRule.closeGivenUpLeg.holds else { return }
        for session in sessions.indices.reversed() {
            guard session < sessions.count, let leg = sessions[session].openLeg else { continue }
            beginLeaving(session, on: leg, by: context.epoch, context, &out)
        }
    }

    /// Its gateway asks for a session, or this node gives it up by itself: first what was asked is answered.
    mutating func beginLeaving(
        _ session: Int, on leg: Leg, by epoch: UInt64, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        floor = max(floor, epoch)
        if epoch > context.epoch {
            awaitedRing = max(awaitedRing, epoch)
            if RehomingRule.readHigherEpoch.holds { out.actions.append(.readRing(atLeast: epoch)) }
            sessions[session].phase = .leaving(leg, epoch: epoch, settledBy: nil)
            return
        }
        sessions[session].phase = .leaving(leg, epoch: epoch, settledBy: context.now + context.bounds.settle)
        releaseIfSettled(session, context, &out)
    }

    /// Lets a leaving session go if nothing that it asked is open.
    mutating func releaseIfSettled(_ session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        guard case .leaving(_, _, .some) = sessions[session].phase, sessions[session].upstream.isIdle else { return }
        release(session, context, &out)
    }

    /// The last word to the gateway of a session, with all that goes with it.
    mutating func release(_ session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        guard let leg = sessions[session].leg else { return }
        sayTaken(session, &out)
        freeze(session, context)
        out.lastWord(.released(epoch: context.epoch, state: sessions[session].frozen), on: leg)
        leave(session, context, &out)
    }

    /// What the session sent goes on from elsewhere, and what is kept of it can be fetched. If this node owns the user all the
    /// same, it waits for the session to come back.
    private mutating func leave(_ session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        freeze(session, context)
        out.errands.append(.left(sessions[session].id))
        sessions[session].upstream.renew(sessions[session].kind)
        sessions[session].early = []
        let end = context.now + context.bounds.resume
        if isOwned {
            sessions[session].phase = .legless(until: end)
            takeBackUnstored(session)
            return
        }
        sessions[session].phase = .kept(until: end)
        vacate(sessions[session].id, context, &out)
    }

    /// A session is not one of the user's here any more.
    private mutating func vacate(_ session: SessionID, _ context: NodeContext, _ out: inout NodeOutlet) {
        for entry in log.entries.indices { log[entry].places.removeAll { $0.session == session } }
        evaluateAll(context, &out)
    }

    /// Takes the application's state, once.
    mutating func freeze(_ session: Int, _ context: NodeContext) {
        guard sessions[session].isOpen else { return }
        sessions[session].isOpen = false
        let state = context.freeze(sessions[session].id)
        sessions[session].frozen = state.flatMap { $0.count <= context.bounds.state ? $0 : nil }
    }

    /// The leg of a session is gone without a word.
    mutating func legLost(_ session: Int, _ context: NodeContext, _ out: inout NodeOutlet) {
        if isOwned {
            takeBackUnstored(session)
            sessions[session].early = []
            sessions[session].phase = .legless(until: context.now + patience(session, context))
            evaluateAll(context, &out)
        } else {
            leave(session, context, &out)
        }
    }

    /// A plain client can't resume: only its gateway can bring it back, and does so at once if it lives.
    private func patience(_ session: Int, _ context: NodeContext) -> Duration {
        sessions[session].kind == .resumable ? context.bounds.resume : context.bounds.grace
    }

    /// Another node, where the client is now, asks for what is kept here. The former gateway's leg ends (P16): what it would
    /// store from now on nobody would fetch.
    mutating func giveState(
        to request: FetchRequest, _ context: NodeContext, _ out: inout NodeOutlet
    ) -> SessionState? {
        guard let session = index(of: request.session) else { return nil }
        let kept = sessions[session].outbox.items.filter(\.isStored).map(\.message)
        guard request.generation >= sessions[session].generation else {
            return SessionState(outbox: kept, state: nil)
        }
        if RehomingRule.fetchCutsFormerLeg.holds {
            if let leg = sessions[session].leg {
                if request.generation > sessions[session].generation {
                    out.lastWord(.superseded, on: leg)
                } else {
                    out.drop(leg)
                }
                leave(session, context, &out)
            }
            sessions[session].generation = request.generation
        }
        if sessions[session].isOpen { out.errands.append(.left(request.session)) }
        freeze(session, context)
        return SessionState(outbox: kept, state: sessions[session].frozen)
    }

    /// A session is over for good.
    mutating func end(_ session: Int, code: UInt16, _ context: NodeContext, _ out: inout NodeOutlet) {
        let id = sessions[session].id
        if sessions[session].isOpen { out.actions.append(.ended(id, code: code)) }
        forget(session, &out)
        vacate(id, context, &out)
    }

    /// Nothing is known of a session any more.
    mutating func forget(_ session: Int, _ out: inout NodeOutlet) {
        out.errands.append(.forgot(sessions[session].id))
        sessions.remove(at: session)
    }
}
