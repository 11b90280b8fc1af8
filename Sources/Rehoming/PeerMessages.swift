import SessionLink

/// A message on its way to the owner of its recipient.
public struct Forwarded: Hashable, Sendable {
    /// Chosen by the sender's node for this link; comes back with every answer.
    public var correlation: UInt64
    /// The epoch by which the sender's node chose the owner.
    public var epoch: UInt64
    /// Which message it is.
    public var key: MessageKey
    /// Whether it may have been presented before, by whatever way: then a failure is `unknown`, since it may have arrived.
    public var isAgain: Bool
    /// The sending user.
    public var from: [UInt8]
    /// The receiving user.
    public var to: [UInt8]
    /// The message, byte for byte.
    public var payload: [UInt8]

    /// A message with these parts.
    public init(
        correlation: UInt64, epoch: UInt64, key: MessageKey, isAgain: Bool, from: [UInt8], to: [UInt8],
        payload: [UInt8]
    ) {
        self.correlation = correlation
        self.epoch = epoch
        self.key = key
        self.isAgain = isAgain
        self.from = from
        self.to = to
        self.payload = payload
    }
}

/// What the owner of the recipient says of a message.
public enum ForwardAnswer: Hashable, Sendable {
    /// Stored by the gateways of all the recipient's sessions. Followed by `delivered` or `unconfirmed`.
    case accepted
    /// A client of the recipient acknowledged it. The last answer.
    case delivered
    /// It was accepted, and its sessions ended without acknowledging it. The last answer.
    case unconfirmed
    /// The recipient has no session. The last answer.
    case offline
    /// Too much is kept for the recipient. The last answer.
    case busy
    /// Not the owner, or not any more; this message and all later ones of this recipient on this link are to be sent again by
    /// a ring of at least this epoch. `wasPresented`: a session may have got it. The last answer.
    case moved(epoch: UInt64, wasPresented: Bool)
}

/// What one node says to another.
public enum PeerMessage: Hashable, Sendable {
    /// A message for a user of the other node.
    case forward(Forwarded)
    /// What became of one.
    case answer(correlation: UInt64, ForwardAnswer, epoch: UInt64)
    /// Give me what you keep of this session: its client came back through another gateway, and I own it now.
    case fetch(FetchRequest)
    /// The answer; nil if nothing is known of the session.
    case fetched(session: SessionID, generation: UInt32, SessionState?)
}

/// Asks a session's home for its state.
public struct FetchRequest: Hashable, Sendable {
    /// The session.
    public var session: SessionID
    /// The run of the node that is meant; another run knows nothing.
    public var incarnation: UInt64
    /// The generation that is being attached; a leg of an older one is cut.
    public var generation: UInt32
    /// The session's user.
    public var user: [UInt8]
    /// The asking node's epoch.
    public var epoch: UInt64

    /// A request with these parts.
    public init(session: SessionID, incarnation: UInt64, generation: UInt32, user: [UInt8], epoch: UInt64) {
        self.session = session
        self.incarnation = incarnation
        self.generation = generation
        self.user = user
        self.epoch = epoch
    }
}

/// What a home keeps of a session that may be attached elsewhere. Fetching it twice is harmless.
public struct SessionState: Hashable, Sendable {
    /// What the client has not acknowledged, in order.
    public var outbox: [KeptMessage]
    /// The application's state, frozen when it was first asked for.
    public var state: [UInt8]?

    /// A state of these parts.
    public init(outbox: [KeptMessage], state: [UInt8]?) {
        self.outbox = outbox
        self.state = state
    }
}
