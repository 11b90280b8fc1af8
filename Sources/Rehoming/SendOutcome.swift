/// What a sender is told of a `reliable` message. Every message ends with exactly one of those that are last.
public enum SendOutcome: UInt8, Hashable, Sendable, CaseIterable {
    /// Stored by the recipient's gateway: it will arrive. `delivered` or `unknown` follows.
    case accepted
    /// The recipient's client has it. The last.
    case delivered
    /// The recipient has no session; it was not delivered and will not be. The last.
    case offline
    /// Too much is under way; it was not delivered and will not be. The last.
    case busy
    /// The owner could not be reached in time; it was not delivered and will not be. The last.
    case unreachable
    /// It may have arrived, or may yet. The last.
    case unknown

    /// Whether nothing follows.
    public var isLast: Bool { self != .accepted }

    /// Whether the sender may rely on it that nobody got the message.
    public var isFailure: Bool { self == .offline || self == .busy || self == .unreachable }
}
