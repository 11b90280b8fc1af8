import ClusterModel
import HashRing

/// One run of a node: what holds a session's state.
public struct Home: Hashable, Sendable, CustomStringConvertible {
    /// The node.
    public let node: NodeID
    /// Its run; another run of the same node has forgotten everything.
    public let incarnation: Incarnation

    /// That run of that node.
    public init(node: NodeID, incarnation: Incarnation) {
        self.node = node
        self.incarnation = incarnation
    }

    /// `node-2@1795358857087`
    public var description: String { "\(node)@\(incarnation)" }
}
