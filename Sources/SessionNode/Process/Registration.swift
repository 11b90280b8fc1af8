import ClusterModel
import Reactor

/// Whether the node is registered, for those who ask before and after there is anybody who knows.
final class Registration: Sendable {
    private struct Content {
        var client: RegistryClient?
        var isLeaving = false
    }

    private let content = Locked(Content())

    /// The ports are open: from now on there is a client.
    func begin(_ client: RegistryClient) { content.withLock { $0.client = client } }

    /// The node goes away; it takes nobody new.
    func end() { content.withLock { $0.isLeaving = true } }

    /// Why the node is not ready; empty if it is. Redis and the registry may be away later: what is held stays in force.
    func problems(ring: RingSnapshot?) -> [String] {
        let (isRegistered, isLeaving) = content.withLock { ($0.client?.isRegistered ?? false, $0.isLeaving) }
        var problems: [String] = []
        if isLeaving { problems.append("the node is going away") }
        if ring == nil { problems.append("no ring yet") }
        if !isRegistered { problems.append("not registered yet") }
        return problems
    }
}
