import SessionLink

/// How a session's client takes part.
public enum ClientKind: UInt8, Sendable, Hashable, CaseIterable {
    /// Any WebSocket client: its gateway acknowledges for it, and it can't resume.
    case plain = 0
    /// It speaks `ringway.v1`: it acknowledges positions, drops duplicates, and resumes through any gateway.
    case resumable = 1
}

/// What a gateway says when it gives a session to its owner: all that the owner has to know to go on where another stopped.
public struct SessionAttach: Hashable, Sendable {
    /// The epoch by which the gateway chose this owner.
    public var epoch: UInt64
    /// The session.
    public var session: SessionID
    /// Rises by one with each resume of the client; the newest wins.
    public var generation: UInt32
    /// Who it is.
    public var user: [UInt8]
    /// How its client takes part.
    public var kind: ClientKind
    /// Whether the client is new: it has no state anywhere. Otherwise it was somewhere before.
    public var isNew: Bool
    /// Where the client says its state is; nil if it has been told of none.
    public var home: Home?
    /// Whether this gateway received the whole backlog of `home`: then what it brings is complete, and nothing is fetched.
    public var isSynced: Bool
    /// The highest position that this gateway stored, or that the resuming client has seen.
    public var last: Position
    /// What this gateway holds that the client has not acknowledged, in order.
    public var buffer: [KeptMessage]
    /// The number of the client's next message; what is replayed before it says its own.
    public var nextNumber: UInt64
    /// The application's state, as the former owner gave it away; nil if it could not, or if there is none.
    public var state: [UInt8]?
    /// Whether the former owner gave the session away in order.
    public var isReleased: Bool

    /// An attach of a new session of that user; set the rest for one that was elsewhere.
    public init(epoch: UInt64, session: SessionID, user: [UInt8], kind: ClientKind) {
        self.epoch = epoch
        self.session = session
        self.user = user
        self.kind = kind
        generation = 0
        isNew = true
        home = nil
        isSynced = true
        last = .start
        buffer = []
        nextNumber = 1
        state = nil
        isReleased = false
    }
}
