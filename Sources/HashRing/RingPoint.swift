/// A place on the circle and the node it belongs to, as an index into the ring's nodes.
///
/// The nodes are sorted by id, so the order of the indices is the order of the ids: sorted points put the smallest id
/// first where positions are equal, and only that one stays.
struct RingPoint: Comparable {
    let position: UInt64
    let node: UInt16

    static func < (left: RingPoint, right: RingPoint) -> Bool {
        left.position != right.position ? left.position < right.position : left.node < right.node
    }
}
