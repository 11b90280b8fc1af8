import HashRing

/// What a node does with one session when its ring changes.
public enum RebalanceDecision: Hashable, Sendable {
    /// It stays where it is.
    case keep
    /// It is closed with this code; the client comes back to the owner.
    case close(CloseCode)
}

/// Decides, for each session a node holds, what a new ring means for it. Pure: when the closes happen is `Pace`'s
/// business, and doing them the node's.
///
/// A new policy is one file here and one case in `RebalancePlan.policy`.
public protocol RebalancePolicy: Sendable {
    /// What happens to the session of the user at `hash`, held by the node `me`.
    ///
    /// - Parameters:
    ///   - old: what the node held before, `nil` if this is its first ring; epochs may have been skipped in between
    ///   - new: what it holds now
    ///   - hash: the user's place, under the *new* ring's seed
    func decide(old: RingSnapshot?, new: RingSnapshot, me: NodeID, hash: UInt64) -> RebalanceDecision
}

extension RebalancePolicy {
    /// The decision for a user.
    public func decide(old: RingSnapshot?, new: RingSnapshot, me: NodeID, user: UserKey) -> RebalanceDecision {
        decide(old: old, new: new, me: me, hash: new.ring.hash(of: user))
    }
}

extension RebalancePlan {
    /// The policy that carries the plan out.
    public var policy: any RebalancePolicy {
        switch self {
        case .reconnectAll: ReconnectAll()
        case .reconnectMoved: ReconnectMoved()
        case .rehome: Rehome()
        }
    }
}

extension RingSnapshot {
    /// Whether `me` is the owner of the place.
    func isOwner(_ me: NodeID, ofHash hash: UInt64) -> Bool {
        ring.ownerIndex(ofHash: hash).map { ring.nodes[$0] == me } ?? false
    }

    /// Whether both rings give every key the same owner.
    ///
    /// Sameness of tables is what decides; two different tables may by rare chance still agree on every owner.
    func hasSameTable(as other: RingSnapshot) -> Bool {
        table == other.table && document.seed == other.document.seed
    }
}
