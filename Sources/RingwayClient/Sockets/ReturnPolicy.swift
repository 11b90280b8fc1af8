import ClusterModel

/// When a client comes back after its WebSocket ended: full jitter (a random part of a span that doubles), so that those who
/// were cut together do not come back together; not before the time the server asked for.
public struct ReturnPolicy: Sendable {
    /// A mistaken hint must not send anybody away for a day.
    public static let maxHint = Duration.seconds(60)

    /// The first span.
    public let base: Duration
    /// The longest span.
    public let cap: Duration
    /// A connection that lasted as long was a good one: spans begin anew.
    public let proof: Duration
    private var attempt = 0

    /// A policy of these times. The defaults suit a program; for a person at a terminal, who waits, they are long.
    public init(base: Duration = .milliseconds(250), cap: Duration = .seconds(30), proof: Duration = .seconds(10)) {
        self.base = base
        self.cap = cap
        self.proof = proof
    }

    /// How long to wait; nil if coming back is of no use.
    ///
    /// - Parameters:
    ///   - lasted: how long the WebSocket had been open, nil if it never was.
    ///   - random: a number of 0..<1.
    public mutating func delay(after ending: ClientEnding, lasted: Duration?, random: Double) -> Duration? {
        if let lasted, lasted >= proof { attempt = 0 }
        guard let least = Self.least(ending) else { return nil }
        let span = min(cap, base * (1 << min(attempt, 20)))
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
            let hint = CloseAdvice(reason: reason).retryMilliseconds ?? 0
            return min(.milliseconds(Int64(clamping: hint)), maxHint)
        }
    }
}
