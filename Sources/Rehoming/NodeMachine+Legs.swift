import SessionLink

extension NodeMachine {
    /// A gateway's word on a leg.
    public mutating func heard(_ message: ToNode, on leg: Leg, now: Duration, _ actions: inout [Action]) {
        run(now, &actions) { machine, out in
            if case .attach(let attach) = message {
                machine.attach(attach, on: leg, &out)
            } else if let place = machine.legs[leg] {
                machine.hear(message, at: place, &out)
            } else {
                machine.hold(message, on: leg, &out)
            }
        }
    }

    private mutating func hear(_ message: ToNode, at place: LegPlace, _ out: inout NodeOutlet) {
        guard let session = users[place.user]?.index(of: place.session) else { return }
        users[place.user]?.hear(message, session, context, &out)
        tend(place.user)
    }

    /// A session is given to this node.
    private mutating func attach(_ attach: SessionAttach, on leg: Leg, _ out: inout NodeOutlet) {
        guard legs[leg] == nil else { return }
        // The client's position tells of a ring too: an owner by an older one would not know its home, and would count anew.
        let wanted = max(attach.epoch, attach.last.epoch)
        guard let map = history.latest, wanted <= map.epoch else {
            if RehomingRule.readHigherEpoch.holds { out.actions.append(.readRing(atLeast: wanted)) }
            waiting.append(WaitingLeg(leg: leg, attach: attach))
            return
        }
        guard history.owns(attach.user) else {
            out.lastWord(.moved(epoch: map.epoch), on: leg)
            return
        }
        let slot = slot(of: attach.user)
        if let known = places[attach.session], known != slot {
            out.lastWord(.refused(status: 403, reason: "another user's session"), on: leg)
            tend(slot)
            return
        }
        let isHomeKnown = attach.home.map { map.names($0) } ?? false
        if users[slot]?.attach(attach, on: leg, isHomeKnown: isHomeKnown, context, &out) ?? false {
            places[attach.session] = slot
            legs[leg] = LegPlace(user: slot, session: attach.session)
        }
        tend(slot)
    }

    /// The user's slot; of a user of whom nothing was remembered too.
    mutating func slot(of user: [UInt8]) -> Int {
        users.slot(of: user) ?? users.insert(NodeUser(user, since: history.ownedSince(user)), for: user)
    }

    private mutating func hold(_ message: ToNode, on leg: Leg, _ out: inout NodeOutlet) {
        guard let index = waiting.firstIndex(where: { $0.leg == leg }) else { return }
        if case .close = message {
            waiting.remove(at: index)
        } else if waiting[index].early.count < 2 * context.bounds.messages {
            waiting[index].early.append(message)
        } else {
            waiting.remove(at: index)
            out.actions.append(.dropLeg(leg))
        }
    }

    /// A ring came: legs that waited for it are looked at again.
    mutating func attachWaiting(_ out: inout NodeOutlet) {
        let legs = waiting
        waiting = []
        for waiter in legs {
            attach(waiter.attach, on: waiter.leg, &out)
            for message in waiter.early {
                if let place = self.legs[waiter.leg] {
                    hear(message, at: place, &out)
                } else {
                    hold(message, on: waiter.leg, &out)
                }
            }
        }
    }

    /// A leg ended without a last word.
    public mutating func legLost(_ leg: Leg, now: Duration, _ actions: inout [Action]) {
        run(now, &actions) { machine, out in
            machine.waiting.removeAll { $0.leg == leg }
            guard let place = machine.legs.removeValue(forKey: leg),
                let session = machine.users[place.user]?.index(of: place.session),
                machine.users[place.user]?.sessions[session].leg == leg
            else { return }
            machine.users[place.user]?.legLost(session, machine.context, &out)
            machine.tend(place.user)
        }
    }

    /// The application has dealt with a client's message.
    public mutating func settled(
        _ session: SessionID, upstream: UInt64, now: Duration, _ actions: inout [Action]
    ) {
        run(now, &actions) { machine, out in
            guard let slot = machine.places[session], let index = machine.users[slot]?.index(of: session) else {
                return
            }
            machine.users[slot]?.settled(index, tickets: [upstream], machine.context, &out)
            machine.tend(slot)
        }
    }

    /// The loop's round ends: says what was dealt with.
    public mutating func flushTaken(_ actions: inout [Action]) {
        guard !news.isEmpty else { return }
        run(context.now, &actions) { machine, out in
            for session in machine.news {
                guard let slot = machine.places[session], let index = machine.users[slot]?.index(of: session) else {
                    continue
                }
                machine.users[slot]?.sayTaken(index, &out)
            }
            machine.news = []
        }
    }

    /// The application ends a session.
    public mutating func close(
        _ session: SessionID, code: UInt16, reason: String, now: Duration, _ actions: inout [Action]
    ) {
        run(now, &actions) { machine, out in
            guard let slot = machine.places[session], let index = machine.users[slot]?.index(of: session) else {
                return
            }
            if let leg = machine.users[slot]?.sessions[index].leg {
                out.lastWord(.close(code: code, reason: reason), on: leg)
            }
            machine.users[slot]?.end(index, code: code, machine.context, &out)
            machine.tend(slot)
        }
    }
}
