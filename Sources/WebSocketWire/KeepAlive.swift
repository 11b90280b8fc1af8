/// When to ping a silent peer, and when to give it up. Times are nanoseconds of one monotonic clock.
///
/// Whatever arrives proves life, not only the pong: a peer that is busy sending need not be asked.
public struct KeepAlive: Sendable, Hashable {
    /// How much silence is tolerated.
    public struct Policy: Sendable, Hashable {
        /// Silence after which a ping goes out. Default 25 s: below the 30 s of the strictest common NAT.
        public let idle: Int64
        /// How long the peer may stay silent after it. Default 10 s.
        public let answerWithin: Int64

        /// A policy with these spans, both above 0.
        public init(idle: Duration = .seconds(25), answerWithin: Duration = .seconds(10)) {
            self.idle = max(idle.wholeNanoseconds, 1)
            self.answerWithin = max(answerWithin.wholeNanoseconds, 1)
        }
    }

    /// What to do now.
    public enum Action: Sendable, Hashable {
        /// Nothing before this time.
        case wait(until: Int64)
        /// Send a ping, and look again at this time.
        case ping(lookAgain: Int64)
        /// The peer is silent for too long: close with 4008.
        case giveUp
    }

    private var lastHeard: Int64
    /// When the unanswered ping went out.
    private var pingedAt: Int64?

    /// A peer heard of at `now`.
    public init(now: Int64) { lastHeard = now }

    /// Bytes of any kind arrived.
    public mutating func heard(at now: Int64) {
        lastHeard = max(lastHeard, now)
        pingedAt = nil
    }

    /// Looks at the clock.
    public mutating func tick(at now: Int64, policy: Policy) -> Action {
        if let pingedAt {
            let end = pingedAt + policy.answerWithin
            return now >= end ? .giveUp : .wait(until: end)
        }
        let due = lastHeard + policy.idle
        if now < due { return .wait(until: due) }
        pingedAt = now
        return .ping(lookAgain: now + policy.answerWithin)
    }
}

extension Duration {
    var wholeNanoseconds: Int64 {
        let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? Int64.max / 4 : min(seconds, Int64.max / 4) + components.attoseconds / 1_000_000_000
    }
}
