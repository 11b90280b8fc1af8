import SessionLink

extension NodeMachine {
    /// A ring was read. One that is not newer is ignored (P18).
    public mutating func ring(_ map: any OwnerMap, now: Duration, _ actions: inout [Action]) {
        if RehomingRule.epochsRise.holds, history.latest != nil, map.epoch <= history.epoch { return }
        run(now, &actions) { machine, out in
            machine.history.adopt(map)
            machine.context.epoch = map.epoch
            let end = now + machine.context.bounds.grace
            machine.context.graces.begin(epoch: map.epoch, until: end)
            machine.deadlines.insert(.grace, at: end)
            for slot in machine.users.indices {
                guard let name = machine.users[slot]?.name else { continue }
                machine.users[slot]?.ringChanged(isOwned: machine.history.owns(name), machine.context, &out)
                machine.tend(slot)
            }
            machine.streams.ring(map, now: now, &out)
            machine.attachWaiting(&out)
            machine.takeParked(&out)
            for slot in machine.streams.streams.indices { machine.tendStream(slot) }
        }
    }
}
