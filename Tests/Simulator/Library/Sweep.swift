import Rehoming

/// What many schedules of one mix showed.
public struct Sweep: Sendable {
    /// A seed and what was wrong with its schedule.
    public struct Failure: Sendable {
        /// Replays it.
        public let seed: UInt64
        /// What did not hold.
        public let violations: [Violation]
    }

    /// Schedules that were run.
    public private(set) var schedules = 0
    /// Events in them.
    public private(set) var steps = 0
    /// Those with violations; only the first hundred are kept.
    public private(set) var failures: [Failure] = []
    /// How many had violations.
    public private(set) var failed = 0
    /// How the messages ended.
    public private(set) var outcomes: [Told: Int] = [:]
    /// Acknowledged messages that were lost, and reported.
    public private(set) var losses = 0
    /// Messages that a session which had just begun did not get: see `Checker.newcomers`.
    public private(set) var newcomers = 0
    /// Messages that were told as failed and came after all: see `Checker.late`.
    public private(set) var late = 0
    /// Schedules with such a loss.
    public private(set) var lossy = 0

    /// Nothing was run yet.
    public init() {}

    /// Runs one more schedule.
    public mutating func run(_ mix: Mix, seed: UInt64) throws {
        let schedule = try Schedule(mix, seed: seed)
        let checked = Checker(schedule.history, mix.promise)
        schedules += 1
        steps += schedule.steps
        losses += checked.losses
        newcomers += checked.newcomers
        late += checked.late
        if checked.losses > 0 { lossy += 1 }
        outcomes.merge(checked.outcomes, uniquingKeysWith: +)
        guard !checked.violations.isEmpty else { return }
        failed += 1
        if failures.count < 100 { failures.append(Failure(seed: seed, violations: checked.violations)) }
    }
}

extension Mix {
    /// What may be asked of its schedules.
    public var promise: Promise {
        var promise = Promise()
        promise.countsLosses = countsLosses
        promise.hasTinyBounds = hasTinyBounds
        promise.hasOnlyMoves = hasOnlyMoves && !hasGatewayFaults && !hasTinyBounds
        return promise
    }
}
