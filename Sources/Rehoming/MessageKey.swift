import SessionLink

/// Names a client's message in the whole cluster, however often and by whatever way it is presented.
public struct MessageKey: Hashable, Sendable {
    /// The sender's session.
    public let sender: SessionID
    /// The message's number in it: it rises, with or without gaps.
    public let n: UInt64

    /// The message of that session with that number.
    public init(sender: SessionID, n: UInt64) {
        self.sender = sender
        self.n = n
    }
}

/// A message that is kept until the recipient's client acknowledged it.
public struct KeptMessage: Hashable, Sendable {
    /// Where it stands in what the recipient's session was sent.
    public let position: Position
    /// Whose it is.
    public let key: MessageKey
    /// What the client gets: the application's frame, position included.
    public let frame: [UInt8]

    /// A message as it was, or will be, sent.
    public init(position: Position, key: MessageKey, frame: [UInt8]) {
        self.position = position
        self.key = key
        self.frame = frame
    }
}
