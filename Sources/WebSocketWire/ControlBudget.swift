/// How many control frames a peer may send: at most a number per second, counted in windows of one second.
public struct ControlBudget: Sendable, Hashable {
    private var windowStart: Int64
    private var count: UInt32 = 0

    /// A full budget at `now` (nanoseconds of a monotonic clock).
    public init(now: Int64) { windowStart = now }

    /// Counts one control frame; false if it is over `perSecond` (default 50), and then the close code is 1008.
    public mutating func spend(at now: Int64, perSecond: UInt32 = 50) -> Bool {
        if now - windowStart >= 1_000_000_000 {
            windowStart = now
            count = 0
        }
        guard count < perSecond else { return false }
        count += 1
        return true
    }
}
