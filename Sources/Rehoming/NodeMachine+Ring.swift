import SessionLink

extension NodeMachine {
    /// A ring came. One that is not newer is not adopted (P18), but the same one confirms what waits for that.
    ///
    /// `asOf`: since when it is known that there was no newer one, that is, when the read that gave it began. Of a
    /// notification that is long ago. By default now.
    public mutating func ring(
        _ map: any OwnerMap, asOf time: Duration? = nil, now: Duration, _ actions: inout [Action]
    ) {
        if RehomingRule.epochsRise.holds, history.latest != nil, map.epoch <= history.epoch {
            if map.epoch == history.epoch { run(now, &actions) { $0.confirm(asOf: time ?? now, &$1) } }
            return
        }
        run(now, &actions) { machine, out in
            let isGap = machine.history.adopt(map)
            machine.context.epoch = map.epoch
            let end = now + machine.context.bounds.grace
            machine.context.graces.begin(epoch: map.epoch, until: end)
            machine.deadlines.insert(.grace, at: end)
            for slot in machine.users.indices {
                guard let name = machine.users[slot]?.name else { continue }
                let isOwned = machine.history.owns(name)
                machine.users[slot]?.ringChanged(isOwned: isOwned, isGap: isGap, machine.context, &out)
                machine.tend(slot)
            }
            machine.streams.ring(map, now: now, &out)
            machine.attachWaiting(&out)
            machine.takeParked(&out)
            for slot in machine.streams.streams.indices { machine.tendStream(slot) }
            machine.confirm(asOf: time ?? now, &out)
        }
    }

    /// The ring in force was the newest then: who seemed to be offline before is.
    private mutating func confirm(asOf time: Duration, _ out: inout NodeOutlet) {
        context.confirmed = max(context.confirmed ?? time, time)
        let users = doubted
        doubted = []
        for name in users {
            guard let slot = self.users.slot(of: name) else { continue }
            self.users[slot]?.confirmed(context, &out)
            if self.users[slot]?.doubtUntil != nil { out.errands.append(.doubted(user: name)) }
            tend(slot)
        }
    }
}
