import ClusterModel
import HashRing

/// Which node this process is: what it says on every link and in every registration.
struct NodeIdentity: Sendable {
    let node: NodeID
    let service: ServiceName
    let incarnation: Incarnation
    /// How many event loops hold sessions; a user's loop is the ring's hash modulo this.
    let loops: Int

    /// The loop that holds a user's sessions.
    func loop(ofHash hash: UInt64) -> Int { Int(hash % UInt64(loops)) }
}
