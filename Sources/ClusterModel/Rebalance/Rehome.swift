import HashRing

/// Plan C: nobody is closed; a moved session is carried to its new owner while the client's socket stays open.
///
/// The decision about the *session* is therefore always to keep it: moving it is the gateway's part, and the settings
/// writer puts this plan in force only once gateways can do it.
public struct Rehome: RebalancePolicy {
    /// The policy.
    public init() {}

    /// Keeps every session.
    public func decide(old: RingSnapshot?, new: RingSnapshot, me: NodeID, hash: UInt64) -> RebalanceDecision {
        .keep
    }
}
