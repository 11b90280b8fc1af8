/// Many coarse timers at no cost per timer: 4,096 buckets of 4 ms.
///
/// An entry names a handler and a key; it cannot be cancelled, its receiver looks whether it still matters. A time beyond the
/// wheel's 16 s is kept in its bucket and passed over until its turn. Steady use allocates nothing.
struct TimerWheel {
    struct Entry {
        var tick: Int64
        var key: UInt64
        var handler: UInt16
    }

    static let nanosecondsPerTick: Int64 = 4_000_000
    private static let bucketCount = 4096

    private var buckets = [[Entry]](repeating: [], count: bucketCount)
    private var occupied = [UInt64](repeating: 0, count: bucketCount / 64)
    private var lastTick: Int64
    private(set) var count = 0

    init(now: MonotonicTime) { lastTick = now.nanoseconds / Self.nanosecondsPerTick }

    mutating func add(at time: MonotonicTime, handler: UInt16, key: UInt64) {
        // Rounded up: a timer never fires early.
        let rounded = time.nanoseconds / Self.nanosecondsPerTick + 1
        let tick = max(rounded, lastTick + 1)
        let bucket = Int(tick % Int64(Self.bucketCount))
        buckets[bucket].append(Entry(tick: tick, key: key, handler: handler))
        occupied[bucket >> 6] |= 1 << UInt64(bucket & 63)
        count += 1
    }

    /// Moves the entries that are due at `now` to the end of `due`.
    mutating func advance(to now: MonotonicTime, into due: inout [Entry]) {
        let tick = now.nanoseconds / Self.nanosecondsPerTick
        guard tick > lastTick else { return }
        defer { lastTick = tick }
        guard count > 0 else { return }
        let steps = min(tick - lastTick, Int64(Self.bucketCount))
        for step in 1...steps {
            let bucket = Int((lastTick + step) % Int64(Self.bucketCount))
            guard occupied[bucket >> 6] & (1 << UInt64(bucket & 63)) != 0 else { continue }
            var kept = 0
            for index in buckets[bucket].indices {
                let entry = buckets[bucket][index]
                if entry.tick <= tick {
                    due.append(entry)
                } else {
                    buckets[bucket][kept] = entry
                    kept += 1
                }
            }
            count -= buckets[bucket].count - kept
            buckets[bucket].removeLast(buckets[bucket].count - kept)
            if kept == 0 { occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63)) }
        }
    }

    /// Milliseconds until something may be due; nil if nothing waits.
    func millisecondsToNext(from now: MonotonicTime) -> Int32? {
        guard count > 0 else { return nil }
        var step: Int64 = 1
        while step <= Int64(Self.bucketCount) {
            let bucket = Int((lastTick + step) % Int64(Self.bucketCount))
            let word = occupied[bucket >> 6] >> UInt64(bucket & 63)
            if word != 0 {
                step += Int64(word.trailingZeroBitCount)
                break
            }
            step += Int64(64 - (bucket & 63))
        }
        let due = (lastTick + min(step, Int64(Self.bucketCount))) * Self.nanosecondsPerTick
        let wait = (due - now.nanoseconds + 999_999) / 1_000_000
        return Int32(clamping: max(0, wait))
    }
}
