/// The closing handshake of one WebSocket (RFC 6455 §7). Times are nanoseconds of one monotonic clock.
///
/// ```
/// open ──we close──▶ closing(deadline) ──peer's close, or time──▶ over
///   └────peer's close (echo it), or its violation───────────────▶ over
/// ```
public struct CloseHandshake: Sendable, Hashable {
    /// How long the peer has for its close frame. Default 5 s.
    public static let defaultPatience: Int64 = 5_000_000_000

    /// What to do now.
    public enum Action: Sendable, Hashable {
        /// Nothing.
        case nothing
        /// Send a close frame, and wait for the peer's if there is a `deadline`.
        case sendClose
        /// Send the peer's code back, then end the connection.
        case echoAndEnd
        /// End the connection.
        case end
    }

    private enum State: Hashable {
        case open
        case closing(deadline: Int64)
        case over
    }

    private var state = State.open

    /// An open WebSocket.
    public init() {}

    /// Whether messages may still be sent.
    public var isOpen: Bool { state == .open }

    /// When to call `tick`; nil if there is nothing to wait for.
    public var deadline: Int64? {
        if case .closing(let deadline) = state { deadline } else { nil }
    }

    /// We want to close. Only the first wish counts.
    public mutating func close(at now: Int64, patience: Int64 = defaultPatience) -> Action {
        guard state == .open else { return .nothing }
        state = .closing(deadline: now + patience)
        return .sendClose
    }

    /// The peer's close frame came.
    public mutating func peerClosed() -> Action {
        switch state {
        case .open:
            state = .over
            return .echoAndEnd
        case .closing:
            state = .over
            return .end
        case .over: return .nothing
        }
    }

    /// The peer broke a rule: nothing of it is read any more, so nothing is waited for. `.sendClose` (then end) if no
    /// close frame of ours is out.
    public mutating func violated() -> Action {
        switch state {
        case .open:
            state = .over
            return .sendClose
        case .closing:
            state = .over
            return .end
        case .over: return .nothing
        }
    }

    /// Looks at the clock.
    public mutating func tick(at now: Int64) -> Action {
        guard case .closing(let deadline) = state, now >= deadline else { return .nothing }
        state = .over
        return .end
    }
}
