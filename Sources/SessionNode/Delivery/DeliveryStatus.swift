/// What became of a message to a user.
public enum DeliveryStatus: Hashable, Sendable {
    /// The message left for everyone who may hold the user; nobody reports back (delivery mode `broadcast`).
    case accepted
    /// At least one session of the user was given the message.
    case delivered
    /// The user has no session.
    case offline
    /// The message was not taken, and why.
    case rejected(DeliveryRefusal)
    /// The node that was asked did not answer: the message may or may not have arrived.
    case unknown
}

/// Why a message was not taken.
public enum DeliveryRefusal: String, Hashable, Sendable {
    /// The ring is empty or not known yet.
    case noRing = "the ring is empty, try again"
    /// As many messages are under way as are allowed, or a queue is full.
    case busy = "too many messages under way, try again"
    /// The owner's node cannot be reached.
    case unreachable = "the owner of this user cannot be reached, try again"
    /// The recipient breaks the rules for users.
    case badUser = "not a user: 1 to 256 bytes of UTF-8 without control characters"
    /// The class `reliable` needs sessions that move with their state, on both sides.
    case notMovable = "the class 'reliable' needs the plan 'rehome' and a session that came by a gateway; use 'fast'"
    /// A client that can resume has to number what it may send again.
    case noNumber = "the class 'reliable' needs 'n', a number that rises"
    /// The owner's node did not take it: it is overloaded, or has no ring.
    case refusedByOwner = "the node of this user did not take the message, try again"
    /// More than a message from user to user may have, wherever the recipient is.
    case tooLarge = "the message is larger than 1 MiB"
}
