/// A budget of closes or moves: `count` sessions spread evenly over a time, but never slower than 20 a second.
///
/// A value without a clock: the caller says what time it is, as a duration since any fixed moment. When the ring changes
/// again, make a new pace for the sessions that are left.
public struct Pace: Hashable, Sendable {
    /// The slowest rate; so that ten sessions do not take ten seconds.
    public static let slowestPerSecond = 20

    /// How many sessions there were at the start.
    public let count: Int
    private let start: Duration
    /// Time from one session to the next.
    private let interval: Duration
    private var taken = 0

    /// Spreads `count` sessions over `time` from `start` on; a `time` of zero means all at once.
    public init(count: Int, over time: Duration, from start: Duration) {
        self.count = max(0, count)
        self.start = start
        interval = min(max(.zero, time) / max(1, count), .seconds(1) / Self.slowestPerSecond)
    }

    /// How many sessions may go now, in addition to all that `next` gave out before. The first goes at once.
    public mutating func next(at now: Duration) -> Int {
        guard now >= start else { return 0 }
        let due = interval > .zero ? min(count, whole(now - start) + 1) : count
        let fresh = max(0, due - taken)
        taken += fresh
        return fresh
    }

    /// How many have not been given out.
    public var left: Int { count - taken }

    /// When `next` has something to give out again; `nil` if all are given out.
    public var nextTime: Duration? {
        left > 0 ? start + interval * taken : nil
    }

    /// How many whole intervals fit in `elapsed`, at most `count`.
    private func whole(_ elapsed: Duration) -> Int {
        let intervals = elapsed / interval
        return intervals >= Double(count) ? count : Int(intervals)
    }
}
