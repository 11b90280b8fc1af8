/// One node as the ring sees it: its name, how much of the circle it takes, and what its points are made from.
public struct RingMember: Hashable, Sendable {
    /// The weights a node may have. 0 = draining: known, reachable, owns nothing.
    public static let weights = 0...10_000
    /// The weight of a node that says nothing of it.
    public static let defaultWeight = 100

    /// The node's name, unique on the ring.
    public let id: NodeID
    /// 0...10000; 100 gives the ring's `vnodes` points.
    public let weight: Int
    /// What the points are made from, `[A-Za-z0-9][A-Za-z0-9._:~-]{0,159}`; the id unless stated otherwise.
    public let key: String
    /// Where the node stands, `[A-Za-z0-9._-]{0,64}`; successors prefer other zones.
    public let zone: String

    /// Checks every value; `key` defaults to the id.
    public init(
        id: NodeID, weight: Int = defaultWeight, key: String? = nil, zone: String = ""
    ) throws(RingMemberError) {
        let key = key ?? id.text
        guard Self.weights.contains(weight) else { throw .weight(weight) }
        guard Identifier.matches(key.utf8, lengths: 1...160, punctuation: "._:~-") else { throw .key(key) }
        guard Identifier.matches(zone.utf8, lengths: 0...64, punctuation: "._-", anyStart: true) else {
            throw .zone(zone)
        }
        self.id = id
        self.weight = weight
        self.key = key
        self.zone = zone
    }
}

/// Which value of a member is out of its range; carries the value.
public enum RingMemberError: Error, Equatable, Sendable {
    /// Not in 0...10000.
    case weight(Int)
    /// Not of the form of a key.
    case key(String)
    /// Not of the form of a zone.
    case zone(String)
}

extension RingMember {
    /// The same node with weight 0: known, reachable, owns nothing.
    public var draining: RingMember {
        RingMember(self, weight: 0)
    }

    private init(_ member: RingMember, weight: Int) {
        id = member.id
        self.weight = weight
        key = member.key
        zone = member.zone
    }
}
