import Glibc

/// The time of day, by which tokens are judged.
public struct WallClock: Sendable {
    private let now: @Sendable () -> Int64

    /// A clock of one's own, in Unix milliseconds; for tests.
    public init(milliseconds: @escaping @Sendable () -> Int64) { now = milliseconds }

    /// The system's clock.
    public static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Unix milliseconds.
    var milliseconds: Int64 { now() }
    /// Unix seconds.
    var seconds: Int64 { now() / 1000 }
}
