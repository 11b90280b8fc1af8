import Reactor

/// Times and sizes of a connection to Redis. The defaults fit together: after Redis comes back, a reader has read again within
/// 5 s (at most `backoffCap` until the next attempt, then greeting, SUBSCRIBE and one read).
public struct RedisLimits: Sendable {
    /// How long a name look-up, a connect, or a greeting may take, each. Default 2 s.
    public var openDeadline: Duration = .seconds(2)
    /// The first bound of the wait between two attempts. Default 50 ms.
    public var backoffBase: Duration = .milliseconds(50)
    /// The last bound of the wait between two attempts. Default 2 s.
    public var backoffCap: Duration = .seconds(2)
    /// A connection with nothing to say asks PING this often. Default 2 s.
    public var pingEvery: Duration = .seconds(2)
    /// How long the oldest command may stay unanswered before the connection counts as dead; a command with a longer deadline
    /// is given its own. Default 2 s.
    public var silence: Duration = .seconds(2)
    /// A subscription publishes a probe to itself this often. Default 3 s.
    public var probeEvery: Duration = .seconds(3)
    /// How long PING's or the probe's way back to the subscription may take. Default 3 s.
    public var probeDeadline: Duration = .seconds(3)
    /// Commands sent and unanswered, or waiting for a connection; one more is refused with `overloaded`. Default 1024.
    public var maxCommandsInFlight = 1024
    /// The largest reply; a larger one breaks the connection. Default 8 MiB (a ring document has at most 4).
    public var maxReplyBytes = 8 << 20
    /// Bytes waiting to be sent. A single command beyond is refused with `overloaded`; when many pass it together, Redis has not
    /// read for long and the connection is given up. Default 32 MiB.
    public var maxQueuedBytes = 32 << 20

    /// The defaults.
    public init() {}
}
