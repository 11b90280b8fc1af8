/// Where a node's points lie (Ring v1 §4). It depends on that node alone, so no node ever moves another one's points.
public enum Placement {
    /// How many points a node has: 0 for weight 0, else `max(1, floor((weight * vnodes + 50) / 100))`.
    public static func count(weight: Int, vnodes: Int) -> Int {
        weight == 0 ? 0 : max(1, (weight * vnodes + 50) / 100)
    }

    /// The position of point `index` of `key`: the hash of `key#index`.
    public static func position(key: String, index: Int, seed: UInt64) -> UInt64 {
        XXHash64.hash(Array("\(key)#\(index)".utf8), seed: seed)
    }

    /// Appends all points of `member`.
    static func append(_ member: RingMember, node: UInt16, vnodes: Int, seed: UInt64, to points: inout [RingPoint]) {
        var label = Array(member.key.utf8)
        label.append(UInt8(ascii: "#"))
        let stem = label.count
        for index in 0..<count(weight: member.weight, vnodes: vnodes) {
            label.removeSubrange(stem...)
            label.append(contentsOf: String(index).utf8)
            points.append(RingPoint(position: XXHash64.hash(label, seed: seed), node: node))
        }
    }
}
