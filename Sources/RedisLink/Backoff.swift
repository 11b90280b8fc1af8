import Reactor

/// Waits between attempts, with full jitter: uniform in 0 … min(cap, base × 2ⁿ), so that processes that lost Redis together do
/// not come back together.
///
/// Why full jitter and not a little of it: the load on the server falls with the spread, and the mean wait is shorter too
/// (Brooker, "Exponential Backoff And Jitter", 2015). The lowest wait is a tenth of `base`, so that a server that accepts and
/// closes at once is not asked without pause.
struct Backoff: Sendable {
    let base: Duration
    let cap: Duration
    private(set) var failures = 0
    private var random: SplitMix64

    init(base: Duration, cap: Duration, seed: UInt64) {
        self.base = base
        self.cap = cap
        random = SplitMix64(state: seed)
    }

    /// The wait before the next attempt.
    mutating func next() -> Duration {
        // 2^20 × base is beyond any cap that makes sense; the shift never overflows.
        let bound = min(cap.nanoseconds, base.nanoseconds << min(failures, 20))
        failures += 1
        return .nanoseconds(Int64.random(in: min(base.nanoseconds / 10, bound)...bound, using: &random))
    }

    /// A wait around `duration` (±20 %), for what is done regularly.
    mutating func jittered(_ duration: Duration) -> Duration {
        let spread = duration.nanoseconds / 5
        return .nanoseconds(duration.nanoseconds + Int64.random(in: -spread...spread, using: &random))
    }

    /// The attempts succeed again.
    mutating func reset() { failures = 0 }
}
