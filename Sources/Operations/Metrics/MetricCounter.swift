import Synchronization

/// A number that only rises and may be counted up from any thread; relaxed, so it costs one atomic addition.
public final class MetricCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// Starts at zero.
    public init() {}

    /// Counts `amount` more.
    public func add(_ amount: UInt64 = 1) {
        count.add(amount, ordering: .relaxed)
    }

    /// What was counted so far.
    public var value: UInt64 { count.load(ordering: .relaxed) }
}
