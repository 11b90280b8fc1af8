import HashRing

/// The passing of time: which leases end, and when that is not believed.
///
/// BACKGROUND. If most nodes fall silent within one lease, it is more likely that the registry is cut off than that all
/// of them died; taking them off the ring would cut everyone who is connected. So it freezes: nobody goes down by
/// silence, the ring stays as it is, and a person (or a probe of each node's port) decides.
///
/// BEHAVIOUR. Heartbeats are staggered, so leases of a common loss end one by one. Therefore what counts at the first
/// end is how many have been silent for *half* a lease: more than half of the nodes, and at least three of them.
extension Membership {
    /// How many nodes have to be silent together before that counts as a common loss; with fewer, one can not tell.
    static let smallestLoss = 3

    mutating func tick(at now: Duration) -> [Change] {
        var changes: [Change] = []
        let expired = silent(for: lease, at: now)
        let isCommonLoss = !expired.isEmpty && isCommon(silent(for: lease / 2, at: now).count)
        if isCommonLoss {
            if !isFrozen { changes.append(.frozen(silent: expired)) }
            setFrozen(true)
        } else {
            if isFrozen { changes.append(.thawed) }
            setFrozen(false)
            changes += bringDown(expired, cause: .silent, at: now)
        }
        return changes + forgetOld(at: now)
    }

    mutating func confirmLoss(at now: Duration) -> [Change] {
        let changes = bringDown(silent(for: lease, at: now), cause: .silent, at: now)
        guard isFrozen else { return changes }
        setFrozen(false)
        return changes + [.thawed]
    }

    /// The live nodes that were not heard of for `time`, by id.
    private func silent(for time: Duration, at now: Duration) -> [NodeID] {
        entries.values.filter { $0.isLive && now - $0.lastHeard >= time }.map(\.record.id).sorted()
    }

    private func isCommon(_ silent: Int) -> Bool {
        silent >= Self.smallestLoss && silent * 2 > entries.values.count(where: \.isLive)
    }

    private mutating func forgetOld(at now: Duration) -> [Change] {
        let old = entries.values.filter { !$0.isLive && now - $0.since >= keepDown }.map(\.record.id).sorted()
        for id in old { entries[id] = nil }
        return old.map(Change.forgotten)
    }
}
