import HashRing

/// Plan A: every session is closed when the ring changes, and everybody connects again.
///
/// "Changes" means that some key may have another owner. A new epoch that moves no key (a node restarted, an address or
/// a setting is another) closes nobody.
public struct ReconnectAll: RebalancePolicy {
    /// The policy.
    public init() {}

    /// Closes with 4100 if the tables differ, or if the session is not where it belongs.
    public func decide(old: RingSnapshot?, new: RingSnapshot, me: NodeID, hash: UInt64) -> RebalanceDecision {
        if let old, !new.hasSameTable(as: old) { return .close(.ringChanged) }
        return new.isOwner(me, ofHash: hash) ? .keep : .close(.ringChanged)
    }
}
