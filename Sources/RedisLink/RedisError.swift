/// Why a command has no answer that could be used.
///
/// `notConnected`, `overloaded`, `malformed`, `stopped` and `server` say that the command did not run to its end. After
/// `timedOut` and `connectionLost` **nobody knows whether it ran**: read again before you decide.
public enum RedisError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It was never sent: until its deadline there was no connection. The reason is that of the last attempt.
    case notConnected(reason: String)
    /// It was sent and not answered before its deadline.
    case timedOut
    /// It was sent, then the connection broke.
    case connectionLost(reason: String)
    /// It was not sent: too many commands wait already (`RedisLimits.maxCommandsInFlight`), or it alone is too large.
    case overloaded
    /// Redis answered with an error; the text's first word is its code.
    case server(String)
    /// It cannot be written as a command: no argument, or far too large.
    case malformed
    /// The connection was stopped by its owner.
    case stopped

    /// The code of a server's error (`NOSCRIPT`, `NOPERM`); `nil` for every other case.
    public var code: Substring? {
        guard case .server(let text) = self else { return nil }
        return text.prefix { $0 != " " }
    }

    /// True if the command may have run although there is no answer.
    public var mayHaveRun: Bool {
        switch self {
        case .timedOut, .connectionLost: true
        case .notConnected, .overloaded, .server, .malformed, .stopped: false
        }
    }

    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .notConnected(let reason): "not connected to Redis: \(reason)"
        case .timedOut: "Redis did not answer in time"
        case .connectionLost(let reason): "the connection to Redis broke before the answer: \(reason)"
        case .overloaded: "too many commands are waiting for Redis"
        case .server(let text): "Redis answered: \(text)"
        case .malformed: "the command cannot be written in RESP"
        case .stopped: "the connection to Redis was stopped"
        }
    }
}

/// How a connection to Redis is. Reported once per change of case, not once per failed attempt.
public enum RedisState: Sendable, Hashable, CustomStringConvertible {
    /// Nothing was heard yet.
    case starting
    /// The last command was answered in time.
    case up
    /// No connection, or no answer in time; new attempts go on. The text is the first reason.
    case unreachable(String)
    /// Redis answers but does not let us in (password, user, database); new attempts go on.
    case refused(String)

    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .starting: "connecting to Redis"
        case .up: "connected to Redis"
        case .unreachable(let reason): "Redis is not reachable: \(reason)"
        case .refused(let reason): "Redis refuses us: \(reason)"
        }
    }

    func isSameCase(as other: RedisState) -> Bool {
        switch (self, other) {
        case (.starting, .starting), (.up, .up), (.unreachable, .unreachable), (.refused, .refused): true
        case (.starting, _), (.up, _), (.unreachable, _), (.refused, _): false
        }
    }
}
