import HashRing

/// Plan B: only sessions whose owner is no longer this node are closed.
///
/// Asks the new ring about each session instead of looking it up in the moved ranges: a node may have skipped epochs,
/// and it may hold a session that it did not own under the old ring either.
public struct ReconnectMoved: RebalancePolicy {
    /// The policy.
    public init() {}

    /// Closes with 4001 whatever this node does not own under the new ring.
    public func decide(old: RingSnapshot?, new: RingSnapshot, me: NodeID, hash: UInt64) -> RebalanceDecision {
        new.isOwner(me, ofHash: hash) ? .keep : .close(.moved)
    }
}
