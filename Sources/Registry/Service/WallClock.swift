import Glibc

/// The wall clock. Only epochs look at it, so that they also rise after the store lost its data; leases never do.
enum WallClock {
    /// Milliseconds since 1970, UTC.
    static func unixMilliseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(max(0, now.tv_sec)) * 1000 + UInt64(now.tv_nsec / 1_000_000)
    }
}
