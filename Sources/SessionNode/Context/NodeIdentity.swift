import ClusterModel
import HashRing
import SessionLink

/// Which node this process is: what it says on every link and in every registration.
struct NodeIdentity: Sendable {
    let node: NodeID
    let service: ServiceName
    let incarnation: Incarnation
    /// How many event loops hold sessions; a user's loop is the ring's hash modulo this.
    let loops: Int
    /// By what it knows its peers on links, and they it.
    let trust: LinkTrust
    /// By what the registry knows this run of it.
    let proofKey: ProofKey

    /// The loop that holds a user's sessions.
    func loop(ofHash hash: UInt64) -> Int { Int(hash % UInt64(loops)) }

    /// What tells a registry that this is the process which registered.
    func registrationProof(for hello: LinkHello) -> LinkProof {
        LinkProof(
            registeredWith: proofKey, nonce: hello.nonce, node: node.text, incarnation: incarnation.value,
            service: service.text)
    }
}
