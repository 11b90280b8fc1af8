import Rehoming

extension ClientSession {
    /// What the session asks its driver to do, in this order.
    public enum Action: Hashable, Sendable {
        /// Open a WebSocket after this wait, with subprotocol `ringway.v1` and a token that is good then. `query` is to be added
        /// to the URL's own: percent-encoded, without `?`; empty at first.
        case connect(query: String, after: Duration)
        /// Send this text frame on the open WebSocket.
        case write([UInt8])
        /// End the WebSocket, and say nothing more of it.
        case leave
        /// Give the application this message; call `handled` when it is done. There is no other before that.
        case deliver(ReceivedMessage)
        /// The message of that number will arrive; its last result follows.
        case accepted(UInt64)
        /// The last result of the message of that number.
        case result(UInt64, SendResult)
        /// The state changed; `closed` is the last.
        case state(State)
        /// The server refused something that was no message of ours, or has a complaint.
        case problem(String)
    }

    /// Where the session stands.
    public enum State: Hashable, Sendable {
        /// It never was open. After a failure: what it was, and the wait until the next attempt.
        case connecting(after: ClientEnding?, wait: Duration)
        /// Messages flow. `recovered` is false if some may have been missed; `replayed` counts those that were sent meanwhile.
        case open(recovered: Bool, replayed: Int)
        /// It lost its connection and comes back.
        case resuming(after: ClientEnding, wait: Duration)
        /// It will not come back.
        case closed(ClientEnding)
    }
}

/// What the application gets.
public struct ReceivedMessage: Hashable, Sendable {
    /// The sending user.
    public var from: String
    /// JSON, byte for byte as it was sent.
    public var data: [UInt8]
    /// The sender's session and the message's number in it; nil for a fast message.
    public var key: Key?
    /// Where it stands in what this session was sent; nil for a fast message.
    public var position: Position?

    /// Names a message in the cluster: good to drop duplicates in a store that outlives this session.
    public struct Key: Hashable, Sendable {
        /// The sender's session: 32 hex digits.
        public var sender: String
        /// Rises with each message of that session.
        public var n: UInt64
    }
}

/// What finally became of a message.
public struct SendResult: Hashable, Sendable {
    /// One word for it.
    public var status: Status
    /// The server's words, where it is not obvious.
    public var reason: String?

    /// The word.
    public enum Status: String, Hashable, Sendable {
        /// The recipient's client has it.
        case delivered
        /// The recipient has no session; nobody got it.
        case offline
        /// It was not sent, or not taken; nobody got it.
        case rejected
        /// It may have arrived.
        case unknown
    }

    init(_ status: Status, _ reason: String? = nil) {
        self.status = status
        self.reason = reason
    }
}

/// How much is done for a message.
public enum SendClass: String, Hashable, Sendable {
    /// Sent again after a lost connection, arrives at most once, in its sender's order.
    case reliable
    /// Sent once.
    case fast
}
