import SessionLink

extension NodeMachine {
    /// Does one thing from outside, and all that it causes inside.
    mutating func run(
        _ now: Duration, _ actions: inout [Action], _ body: (inout NodeMachine, inout NodeOutlet) -> Void
    ) {
        context.now = now
        var out = NodeOutlet()
        swap(&out.actions, &actions)
        body(&self, &out)
        var next = 0
        while next < out.errands.count {
            let errand = out.errands[next]
            next += 1
            // What is done makes room: a long chain of local messages does not pile up.
            if next == out.errands.count {
                out.errands.removeAll(keepingCapacity: true)
                next = 0
            }
            perform(errand, &out)
        }
        swap(&out.actions, &actions)
    }

    private mutating func perform(_ errand: NodeOutlet.Errand, _ out: inout NodeOutlet) {
        switch errand {
        case .forward(let forward): take(forward, from: Self.local, &out)
        case .answer(let correlation, let answer, _):
            if let slot = streams.answered(correlation, answer, now: context.now, &out) { tendStream(slot) }
        case .outcome(let key, let outcome, let tickets):
            guard let slot = places[key.sender], let session = users[slot]?.index(of: key.sender) else { return }
            users[slot]?.outcome(session, n: key.n, outcome, tickets: tickets, context, &out)
            tend(slot)
        case .legEnded(let leg): if RehomingRule.formerLegIsForgotten.holds { legs[leg] = nil }
        case .left(let session): streams.drop(session)
        case .forgot(let session): places[session] = nil
        case .doubted(let user):
            doubted.append(user)
            out.actions.append(.readRing(atLeast: context.epoch))
        case .hasNews(let session): news.append(session)
        }
    }

    /// Sees to it that a user is woken in time, or forgotten.
    mutating func tend(_ slot: Int) {
        guard let user = users[slot] else { return }
        if user.isForgettable {
            users.remove(user.name)
            return
        }
        guard let time = user.deadline else { return }
        if let armed = user.armed, armed <= time { return }
        users[slot]?.armed = time
        deadlines.insert(.user(slot), at: time)
    }

    /// Sees to it that a stream is woken in time.
    mutating func tendStream(_ slot: Int) {
        guard let stream = streams.streams[slot], let time = stream.deadline else { return }
        if let armed = stream.armed, armed <= time { return }
        streams.streams[slot]?.armed = time
        deadlines.insert(.stream(slot), at: time)
    }
}
