/// Why members do not make a ring.
public enum RingError: Error, Equatable, Sendable {
    /// Not in 1...4096.
    case vnodes(Int)
    /// More than 4096 members.
    case tooManyNodes(Int)
    /// Two members have this id.
    case duplicateID(NodeID)
    /// Two members of weight > 0 make their points from this key.
    case duplicateKey(String)
    /// More than 1,048,576 points.
    case tooManyPoints(Int)
}

extension Ring {
    /// How many points `members` (sorted by id) will have, if they make a ring.
    static func check(_ members: [RingMember], vnodes: Int) throws(RingError) -> Int {
        guard vnodesRange.contains(vnodes) else { throw .vnodes(vnodes) }
        guard members.count <= maxNodes else { throw .tooManyNodes(members.count) }
        for (left, right) in zip(members, members.dropFirst()) where left.id == right.id {
            throw .duplicateID(left.id)
        }
        var keys: Set<String> = []
        var count = 0
        for member in members where member.weight > 0 {
            guard keys.insert(member.key).inserted else { throw .duplicateKey(member.key) }
            count += Placement.count(weight: member.weight, vnodes: vnodes)
        }
        guard count <= maxPoints else { throw .tooManyPoints(count) }
        return count
    }
}
