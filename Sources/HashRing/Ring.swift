/// A circle of points that names one owner for every key; immutable, and the same for everyone who holds the same
/// members (Ring v1).
///
/// The one convention: the owner of hash `h` is the node of the first point at or after `h`, clockwise, wrapping past
/// 2^64-1 to 0. Every range in this module is closed and never wraps.
public final class Ring: Sendable {
    /// The values `vnodes` may have.
    public static let vnodesRange = 1...4096
    /// The most nodes of a ring.
    public static let maxNodes = 4096
    /// The most points of a ring, before equal positions are merged.
    public static let maxPoints = 1_048_576

    /// All nodes by id in byte order, those of weight 0 included.
    public let nodes: [NodeID]
    /// The zone of each of `nodes`.
    public let zones: [String]
    /// What keys and points are hashed with.
    public let seed: UInt64

    @usableFromInline let index: BucketIndex

    /// Derives the points of `members`, in whatever order they come. O(points · log points).
    ///
    /// - Parameters:
    ///   - members: at most 4096, with distinct ids, and distinct keys among those of weight > 0
    ///   - vnodes: points of a node of weight 100, 1...4096; with 160, shares have a standard deviation of 8 %
    ///   - seed: changing it moves nearly every key
    public convenience init(members: [RingMember], vnodes: Int = 160, seed: UInt64 = 0) throws(RingError) {
        let members = members.sorted { $0.id < $1.id }
        let count = try Self.check(members, vnodes: vnodes)
        var points: [RingPoint] = []
        points.reserveCapacity(count)
        for (node, member) in members.enumerated() {
            Placement.append(member, node: UInt16(node), vnodes: vnodes, seed: seed, to: &points)
        }
        self.init(nodes: members.map(\.id), zones: members.map(\.zone), points: points, seed: seed)
    }

    /// Takes points as they are, in any order; `nodes` is sorted.
    init(nodes: [NodeID], zones: [String], points: [RingPoint], seed: UInt64) {
        self.nodes = nodes
        self.zones = zones
        self.seed = seed
        var table: [RingPoint] = []
        table.reserveCapacity(points.count)
        for point in points.sorted() where table.last?.position != point.position { table.append(point) }
        index = BucketIndex(table)
    }

    deinit {
        index.deallocate()
    }

    /// How many points the table has.
    public var pointCount: Int { index.count }

    /// Whether no node owns anything; then no key has an owner.
    public var isEmpty: Bool { index.count == 0 }

    /// The place of a key on the circle.
    @inlinable
    public func hash(of key: UnsafeRawBufferPointer) -> UInt64 {
        XXHash64.hash(key, seed: seed)
    }

    /// The place of a key on the circle.
    @inlinable
    public func hash(of key: RawSpan) -> UInt64 {
        XXHash64.hash(key, seed: seed)
    }

    /// The place of a user on the circle.
    @inlinable
    public func hash(of user: UserKey) -> UInt64 {
        XXHash64.hash(user.bytes, seed: seed)
    }

    /// The place of a group on the circle.
    public func hash(of group: GroupKey) -> UInt64 {
        XXHash64.hash(group.bytes, seed: seed)
    }

    /// The owner of a place, as an index into `nodes`; `nil` only if the ring is empty.
    ///
    /// This is the hot call: no allocation, no reference counting, a few nanoseconds.
    @inlinable
    public func ownerIndex(ofHash hash: UInt64) -> Int? {
        guard index.count > 0 else { return nil }
        return Int(truncatingIfNeeded: index.owners[index.entry(atOrAfter: hash)])
    }

    /// The owner of a place; `nil` only if the ring is empty.
    public func owner(ofHash hash: UInt64) -> NodeID? {
        ownerIndex(ofHash: hash).map { nodes[$0] }
    }

    /// The owner of a user; `nil` only if the ring is empty.
    public func owner(of user: UserKey) -> NodeID? {
        owner(ofHash: hash(of: user))
    }

    /// Where `id` stands in `nodes`. O(log nodes).
    public func nodeIndex(of id: NodeID) -> Int? {
        var low = 0
        var high = nodes.count
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low < nodes.count && nodes[low] == id ? low : nil
    }
}
