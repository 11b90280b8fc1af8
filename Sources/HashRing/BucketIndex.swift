/// The lookup structure of a ring: all points ascending, and for each of 2^k equal slices of the circle the first
/// point that is not before it.
///
/// BACKGROUND. A binary search over 16,000 points takes 14 steps whose branches nobody can predict. Points are hashes,
/// hence evenly spread: with two slices per point a lookup is one shift, one load and on average less than one step.
///
/// BEHAVIOUR. `positions` ends with two sentinels at 2^64-1 that belong to the first point's node: one closes the
/// circle without a test for "past the end", the other lets a lookup read two points at once. Memory: 10 bytes per
/// point and 4 per slice.
///
/// The memory is written in `init` and never again, and freed by the one `Ring` that owns the index in its `deinit`.
@usableFromInline
struct BucketIndex: Sendable {
    /// How many points there are, the sentinels not counted.
    @usableFromInline let count: Int
    // `nonisolated(unsafe)`: written in `init` and never again, so that any thread may read what the pointers point to.
    @usableFromInline nonisolated(unsafe) let positions: UnsafePointer<UInt64>
    @usableFromInline nonisolated(unsafe) let owners: UnsafePointer<UInt16>
    @usableFromInline nonisolated(unsafe) let firstOfSlice: UnsafePointer<UInt32>
    /// 64 - k: turns a hash into the number of its slice.
    @usableFromInline let shift: UInt64

    /// Takes points that are sorted and whose positions differ.
    init(_ points: [RingPoint]) {
        let count = points.count
        // At least one bit, since a shift by 64 would be a shift by 0.
        var bits: UInt64 = 1
        while (1 << bits) < 2 * count { bits += 1 }
        let slices = 1 << Int(bits)
        let positions = UnsafeMutablePointer<UInt64>.allocate(capacity: count + 2)
        let owners = UnsafeMutablePointer<UInt16>.allocate(capacity: count + 2)
        let firstOfSlice = UnsafeMutablePointer<UInt32>.allocate(capacity: slices)
        for (index, point) in points.enumerated() {
            (positions + index).initialize(to: point.position)
            (owners + index).initialize(to: point.node)
        }
        (positions + count).initialize(repeating: .max, count: 2)
        (owners + count).initialize(repeating: points.first?.node ?? 0, count: 2)
        var next = 0
        for slice in 0..<slices {
            let start = UInt64(slice) &<< (64 - bits)
            while next < count, positions[next] < start { next += 1 }
            (firstOfSlice + slice).initialize(to: UInt32(next))
        }
        self.count = count
        self.positions = UnsafePointer(positions)
        self.owners = UnsafePointer(owners)
        self.firstOfSlice = UnsafePointer(firstOfSlice)
        self.shift = 64 - bits
    }

    /// The index of the first point at or after `hash`; `count` (the first sentinel) if there is none.
    ///
    /// Two points are compared without a branch, since which of them is passed is a coin toss that a processor guesses
    /// wrong; only one slice in fifty needs the loop. In bounds for every hash: a slice's number has at most k bits,
    /// its first point is at most the first sentinel, and no hash is greater than a sentinel.
    @inlinable @inline(__always)
    func entry(atOrAfter hash: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: firstOfSlice[Int(truncatingIfNeeded: hash &>> shift)])
        index &+= (positions[index] < hash ? 1 : 0) &+ (positions[index &+ 1] < hash ? 1 : 0)
        while positions[index] < hash { index &+= 1 }
        return index
    }

    /// Gives the memory back. Nothing may be read afterwards.
    func deallocate() {
        positions.deallocate()
        owners.deallocate()
        firstOfSlice.deallocate()
    }
}
