import ClusterModel
import HashRing

/// One run of a node: what holds a session's state.
public struct Home: Hashable, Sendable, CustomStringConvertible {
    /// The node.
    public let node: NodeID
    /// Its run; another run of the same node has forgotten everything.
    public let incarnation: Incarnation
    /// Which of the node's loops: each has a machine of its own. Follows from the session's user, so nobody but nodes knows it:
    /// it crosses no link, and is 0 everywhere else.
    public let loop: Int

    /// That run of that node, and that loop of it.
    public init(node: NodeID, incarnation: Incarnation, loop: Int = 0) {
        self.node = node
        self.incarnation = incarnation
        self.loop = loop
    }

    /// `node-2@1795358857087`
    public var description: String { "\(node)@\(incarnation)" }
}
