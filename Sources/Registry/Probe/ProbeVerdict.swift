import ClusterModel
import HashRing
import Reactor
import SessionLink

/// What the registry's call back found at a node's address.
public enum ProbeVerdict: Sendable, Hashable {
    /// A node answered, and this is who it says it is.
    case answered(node: String, incarnation: UInt64)
    /// A Ringway process answered and refuses: another node or service lives there now, or it is going away.
    case refused(LinkHelloAnswer.Refusal, message: String)
    /// Somebody answered who could not prove to be what was called. It may be the node with another secret, or a stranger.
    case unproven(reason: String)
    /// Nobody listens on the port: the process that did is gone.
    case portClosed
    /// Something took the connection and does not speak our link protocol.
    case notOurs(reason: String)
    /// No connection, or no answer in time; it may be alive behind a fault of the network.
    case silent(reason: String)

    /// Whether exactly this run of this node answered.
    public func confirms(_ record: NodeRecord) -> Bool {
        guard case .answered(let node, let incarnation) = self else { return false }
        return node == record.id.text && incarnation == record.incarnation.value
    }

    /// Whether it is certain that this run of this node no longer listens there.
    ///
    /// Silence is not certain: a paused process or a cut network is silent too, and comes back with its sessions. Nor is a
    /// failed proof: our own secret may be the wrong one, and would take every node off the ring.
    public func provesGone(_ record: NodeRecord) -> Bool {
        switch self {
        case .answered: !confirms(record)
        case .refused(.node, _), .refused(.service, _), .portClosed, .notOurs: true
        case .refused, .silent, .unproven: false
        }
    }

    /// What was found, for people.
    public var summary: String {
        switch self {
        case .answered(let node, let incarnation): "node \(node) with incarnation \(incarnation) answers there"
        case .refused(let refusal, let message): "it refuses the link (\(refusal)): \(message)"
        case .unproven(let reason): "who listens there is not trusted: \(reason)"
        case .portClosed: "nobody listens there"
        case .notOurs(let reason): "what listens there is no Ringway link: \(reason)"
        case .silent(let reason): "no answer: \(reason)"
        }
    }
}
