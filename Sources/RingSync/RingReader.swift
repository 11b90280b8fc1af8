import ClusterModel

/// One loop's own view of a `RingCache`: what routing asks.
///
/// In the common case, nothing changed, asking is one atomic load and a comparison. After a swap it takes the cache's lock if it
/// is free and else goes on with the ring it has (which was current a moment ago) until the next call: it never waits, but for
/// its very first ring.
/// Keep one per loop; it is not for sharing.
public struct RingReader: ~Copyable {
    private let cache: RingCache
    private var seen: UInt64
    private var held: RingSnapshot?

    /// A reader that starts with the cache's current ring. (Here, and for the first ring, the lock is waited for.)
    public init(_ cache: RingCache) {
        self.cache = cache
        // The number first: if a swap comes in between, the next call looks again.
        seen = cache.swapCount
        held = cache.current
    }

    /// The current ring, or the one before it for one call; `nil` until the first was adopted. Never goes back to an older one.
    @inline(__always)
    public mutating func snapshot() -> RingSnapshot? {
        if cache.swapCount != seen { follow() }
        return held
    }

    private mutating func follow() {
        // Without any ring there is nothing to go on with, and saying "no node is up" would be wrong.
        guard let newest = held == nil ? cache.read() : cache.readIfFree() else { return }
        seen = newest.swaps
        held = newest.snapshot
    }
}
