/// Names one socket of one event loop.
///
/// `index` is the descriptor, so it is small, dense and fit to index a table; `generation` tells two sockets apart that had
/// the same descriptor one after the other. A call with a stale id does nothing.
public struct SocketID: Hashable, Sendable {
    /// The descriptor: an index into per-loop tables, below `EventLoop.socketLimit`.
    public let index: Int32
    /// Counts the sockets that had this index on this loop.
    public let generation: UInt32

    /// Makes an id from its parts, as they were stored elsewhere.
    public init(index: Int32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// Both parts in one number, for a timer's key.
    public var key: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(bitPattern: index)) }

    /// The id whose `key` this is.
    public init(key: UInt64) {
        index = Int32(bitPattern: UInt32(truncatingIfNeeded: key))
        generation = UInt32(truncatingIfNeeded: key >> 32)
    }
}

/// Names a handler that was registered with one event loop.
public struct HandlerID: Hashable, Sendable {
    let index: UInt16
}

/// Names a pending `EventLoop.after` call.
public struct TimerID: Hashable, Sendable {
    let number: UInt64
}

/// A point on the machine's monotonic clock (CLOCK_MONOTONIC).
public struct MonotonicTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since an arbitrary start, the same for all threads of the machine.
    public let nanoseconds: Int64

    /// Makes a time from nanoseconds since the clock's start.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Compares two times of the same clock.
    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The time a duration later; it stops at the clock's end instead of wrapping.
    public static func + (time: Self, duration: Duration) -> Self {
        let (sum, over) = time.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Self(nanoseconds: over ? .max : sum)
    }

    /// The duration from `right` to `left`.
    public static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// Whole nanoseconds, capped at the range of `Int64` (292 years).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, over) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if over { return seconds < 0 ? .min : .max }
        let (sum, overSum) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return overSum ? .max : sum
    }
}
