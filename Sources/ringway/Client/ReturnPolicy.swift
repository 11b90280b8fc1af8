import ClusterModel

/// When a client comes back after its WebSocket ended: full jitter (a random part of a span that doubles), so that those who
/// were cut together do not come back together; not before the time the server asked for.
struct ReturnPolicy {
    /// The first span. 100 ms: below it people do not notice a pause.
    static let base = Duration.milliseconds(100)
    /// The longest span.
    static let cap = Duration.seconds(10)
    /// A connection that lasted as long was a good one: spans begin anew.
    static let proof = Duration.seconds(2)

    private var attempt = 0

    /// How long to wait; nil if coming back is of no use.
    ///
    /// - Parameters:
    ///   - lasted: how long the WebSocket had been open, nil if it never was.
    ///   - random: a number of 0..<1.
    mutating func delay(after ending: ClientEnding, lasted: Duration?, random: Double) -> Duration? {
        if let lasted, lasted >= Self.proof { attempt = 0 }
        guard let least = Self.least(ending) else { return nil }
        let span = min(Self.cap, Self.base * (1 << min(attempt, 10)))
        attempt += 1
        return least + span * random
    }

    /// The least wait that the server asked for; nil if it asked not to come back.
    private static func least(_ ending: ClientEnding) -> Duration? {
        switch ending {
        case .left: return nil
        case .lost, .failed: return .zero
        case .refused(let refused): return refused.mayReturn ? .seconds(refused.retryAfter ?? 0) : nil
        case .closed(let code, let reason):
            guard code.mayReturn else { return nil }
            // A mistaken hint must not send anybody away for a day.
            let hint = CloseAdvice(reason: reason).retryMilliseconds ?? 0
            return .milliseconds(min(hint, 60_000))
        }
    }
}
