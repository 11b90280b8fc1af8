import HashRing

/// How the nodes of two documents differ, each list by id. What of this moves keys is `RingDiff`'s business.
public struct MembershipDiff: Hashable, Sendable {
    /// Only in the new document.
    public private(set) var joined: [NodeID] = []
    /// Only in the old document.
    public private(set) var left: [NodeID] = []
    /// Another incarnation: its sessions are gone, although no key moves.
    public private(set) var restarted: [NodeID] = []
    /// Another address or URL.
    public private(set) var readdressed: [NodeID] = []
    /// Another key: all its points moved.
    public private(set) var rekeyed: [NodeID] = []
    /// Another weight; weight 0 is draining.
    public private(set) var reweighted: [NodeID] = []

    /// Compares two documents of one service.
    public init(from old: RingDocument, to new: RingDocument) {
        let before = Dictionary(old.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let after = Set(new.nodes.map(\.id))
        left = before.keys.filter { !after.contains($0) }.sorted()
        for node in new.nodes.sorted(by: { $0.id < $1.id }) {
            guard let previous = before[node.id] else {
                joined.append(node.id)
                continue
            }
            if node.incarnation != previous.incarnation { restarted.append(node.id) }
            if node.address != previous.address || node.url != previous.url { readdressed.append(node.id) }
            if node.member.key != previous.member.key { rekeyed.append(node.id) }
            if node.weight != previous.weight { reweighted.append(node.id) }
        }
    }

    /// Whether the nodes are the same in all these respects.
    public var isEmpty: Bool {
        [joined, left, restarted, readdressed, rekeyed, reweighted].allSatisfy(\.isEmpty)
    }
}
