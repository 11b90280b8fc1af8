import ClusterModel
import SessionLink

extension NodeMachine {
    /// A node's word on a link that it opened.
    public mutating func heard(
        _ message: PeerMessage, on link: Link, from home: Home?, now: Duration, _ actions: inout [Action]
    ) {
        run(now, &actions) { machine, out in
            switch message {
            case .forward(let forward): machine.take(forward, from: link, &out)
            case .fetch(let request): machine.give(request, on: link, &out)
            case .answer, .fetched: break
            }
        }
    }

    /// A message for a user. Refused if the user is not this node's, or was not when it was sent; parked if its sender knows
    /// a ring that this node does not.
    mutating func take(_ forward: Forwarded, from link: Link, _ out: inout NodeOutlet) {
        let known = users.slot(of: forward.to)
        let awaited = max(forward.epoch, known.flatMap { users[$0]?.awaitedRing } ?? 0)
        guard awaited <= context.epoch, history.latest != nil else {
            if RehomingRule.readHigherEpoch.holds { out.actions.append(.readRing(atLeast: awaited)) }
            park(forward, from: link, &out)
            return
        }
        let origin = Origin(link: link, correlation: forward.correlation)
        guard let since = known == nil ? history.ownedSince(forward.to) : known.flatMap({ users[$0]?.since }) else {
            out.answer(origin, .moved(epoch: context.epoch, wasPresented: false), epoch: context.epoch)
            return
        }
        let floor = known.flatMap { users[$0]?.floor } ?? since
        if forward.epoch < floor, RehomingRule.refusedStaysRefused.holds {
            out.answer(origin, .moved(epoch: context.epoch, wasPresented: false), epoch: context.epoch)
            return
        }
        let slot = known ?? slot(of: forward.to)
        users[slot]?.take(forward, from: origin, context, &out)
        tend(slot)
    }

    private mutating func park(_ forward: Forwarded, from link: Link, _ out: inout NodeOutlet) {
        if parked.park(forward, from: link) { return }
        if link == Self.local {
            peerLost(me, &out)
        } else {
            out.actions.append(.dropLink(link))
            dropOrigins(of: link)
        }
    }

    /// A ring came: what waited for it is looked at again, in its order.
    mutating func takeParked(_ out: inout NodeOutlet) {
        for parked in parked.takeAll() { take(parked.forward, from: parked.link, &out) }
    }

    private mutating func give(_ request: FetchRequest, on link: Link, _ out: inout NodeOutlet) {
        if request.epoch > context.epoch, RehomingRule.readHigherEpoch.holds {
            out.actions.append(.readRing(atLeast: request.epoch))
        }
        var state: SessionState?
        if request.incarnation == me.incarnation.value, let slot = users.slot(of: request.user) {
            state = users[slot]?.giveState(to: request, context, &out)
            tend(slot)
        }
        out.actions.append(
            .answer(link, .fetched(session: request.session, generation: request.generation, state)))
    }

    /// A link that another node opened ended.
    public mutating func linkLost(_ link: Link, now: Duration, _ actions: inout [Action]) {
        run(now, &actions) { machine, _ in
            machine.parked.drop(link)
            machine.dropOrigins(of: link)
        }
    }

    private mutating func dropOrigins(of link: Link) {
        for slot in users.indices where users[slot]?.log.isEmpty == false {
            users[slot]?.log.drop(link)
            tend(slot)
        }
    }

    /// A node's answer on the link that this node opened to it.
    public mutating func answered(
        _ message: PeerMessage, by home: Home, now: Duration, _ actions: inout [Action]
    ) {
        run(now, &actions) { machine, out in
            switch message {
            case .answer(let correlation, let answer, let epoch):
                if epoch > machine.context.epoch, RehomingRule.readHigherEpoch.holds {
                    out.actions.append(.readRing(atLeast: epoch))
                }
                if let slot = machine.streams.answered(correlation, answer, now: now, &out) {
                    machine.tendStream(slot)
                }
            case .fetched(let session, let generation, let state):
                guard let slot = machine.places[session], let index = machine.users[slot]?.index(of: session) else {
                    return
                }
                machine.users[slot]?.fetched(
                    index, from: home, generation: generation, state, machine.context, &out)
                machine.tend(slot)
            case .forward, .fetch: break
            }
        }
    }

    /// The link that this node opened ended, or could not be opened: what was sent may or may not have arrived.
    public mutating func peerLost(_ home: Home, now: Duration, _ actions: inout [Action]) {
        run(now, &actions) { machine, out in
            machine.peerLost(home, &out)
            for slot in machine.users.indices {
                machine.users[slot]?.peerLost(home, machine.context)
                machine.tend(slot)
            }
        }
    }

    private mutating func peerLost(_ home: Home, _ out: inout NodeOutlet) {
        for slot in streams.peerLost(home, now: context.now, &out) { tendStream(slot) }
    }

    /// A session's client sends a reliable message. `upstream` is the number of the client's message that asked for it: it is
    /// settled with the outcome. `isAgain`: it may have been sent before, through whatever node or gateway.
    public mutating func send(
        from session: SessionID, n: UInt64, upstream: UInt64, isAgain: Bool, to user: [UInt8], payload: [UInt8],
        now: Duration, _ actions: inout [Action]
    ) {
        run(now, &actions) { machine, out in
            guard let slot = machine.places[session], let sender = machine.users[slot] else { return }
            let stream = machine.streams.send(
                MessageKey(sender: session, n: n), from: sender.name, to: user, payload: payload, ticket: upstream,
                isAgain: isAgain, now: now, &out)
            if let stream { machine.tendStream(stream) }
        }
    }
}
