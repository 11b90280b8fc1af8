/// A part of the circle, exact: a number of hashes out of 2^64. The whole circle does not fit in 64 bits.
public struct CircleShare: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Nothing.
    public static let none = CircleShare(hashes: 0)
    /// Everything.
    public static let whole = CircleShare(hashes: 1 << 64)

    /// How many hashes, 0...2^64.
    public let hashes: UInt128

    /// The part as a number from 0 to 1, rounded to a double.
    public var fraction: Double {
        Double(hashes) / 0x1p64
    }

    /// The exact count, as in the ring's test vectors.
    public var description: String { hashes.description }

    /// Orders by size.
    public static func < (left: CircleShare, right: CircleShare) -> Bool {
        left.hashes < right.hashes
    }
}

extension Ring {
    /// How much of the circle `id` owns; nothing if it is not on the ring. O(points).
    public func share(of id: NodeID) -> CircleShare {
        nodeIndex(of: id).map { shares[$0] } ?? .none
    }

    /// How much of the circle each of `nodes` owns, in their order. Sums to the whole unless the ring is empty.
    public var shares: [CircleShare] {
        var sums = [UInt128](repeating: 0, count: nodes.count)
        // A point owns the arc that ends with it; the first point's arc also holds what lies behind the last point.
        var end: UInt128 = 0
        for entry in 0..<index.count {
            let next = UInt128(index.positions[entry]) + 1
            sums[Int(index.owners[entry])] += next - end
            end = next
        }
        if !isEmpty { sums[Int(index.owners[0])] += (1 << 64) - end }
        return sums.map(CircleShare.init(hashes:))
    }
}
