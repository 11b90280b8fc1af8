import ClusterModel
import HashRing

/// Decides which of a loop's sessions a new ring closes, and with which code.
///
/// The policy of the ring's own document decides about each session. What this adds is memory: under plan A "everyone" means
/// those who were there before the table changed, so a change that is followed by another, while the closes of the first
/// still go on, must neither forget the first's sessions nor close those that came in between.
struct RingFollower {
    private var held: RingSnapshot?
    /// The ring before the last change of the table, while that change is still being carried out under the same plan.
    private var before: RingSnapshot?
    /// The epoch of the last change of the table.
    private var changedAt: UInt64 = 0

    /// Takes the new ring. Afterwards `verdict` answers for each session; all closes decided before are void.
    mutating func adopt(_ new: RingSnapshot) {
        if let held {
            if !new.hasSameOwners(as: held) {
                before = held
                changedAt = new.epoch.value
            } else if new.plan != held.plan {
                // What the old plan left of the change is settled: a setting alone closes nobody.
                before = nil
            }
        }
        held = new
    }

    /// What becomes of a session under the ring adopted last.
    ///
    /// - Parameters:
    ///   - hash: the user's place under the seed of the ring that the session was opened under.
    ///   - openedUnder: the epoch under which it came.
    func verdict(me: NodeID, hash: UInt64, openedUnder: UInt64) -> CloseCode? {
        guard let new = held else { return nil }
        let isOlder = openedUnder < changedAt
        if isOlder, let before, before.document.seed != new.document.seed {
            // Every user has another place now, and another loop: nobody would find the session here.
            return new.plan == .reconnectAll ? .ringChanged : .moved
        }
        let old = isOlder ? before ?? new : new
        // A session that is asked about here has no gateway that could move it.
        let policy: any RebalancePolicy = new.plan == .rehome ? ReconnectMoved() : new.plan.policy
        switch policy.decide(old: old, new: new, me: me, hash: hash) {
        case .keep: return nil
        case .close(let code): return code
        }
    }
}
