import SessionLink

/// What a gateway says on a session's leg. A leg is first in, first out, and ends for both when either says its last word.
public enum ToNode: Hashable, Sendable {
    /// The first word.
    case attach(SessionAttach)
    /// A client's message with its number in the session; `isAgain`: another node, or this one by another leg, may have had it.
    case message(n: UInt64, isAgain: Bool, isText: Bool, bytes: [UInt8])
    /// The gateway keeps (or, for a plain client, has passed on) all up to here.
    case stored(through: Position)
    /// The gateway had this message already, under another position: it neither keeps nor passes on this one.
    case duplicate(Position)
    /// The gateway could not take this message: it remembers as many senders as it may. It was not passed on.
    case declined(Position)
    /// The client has all up to here. From a plain client's gateway: written to its socket.
    case received(through: Position)
    /// Give the session up in order: its owner is another one by this epoch. Answered by `released`.
    case detach(epoch: UInt64)
    /// The session is over. The last word.
    case close(code: UInt16)
}

/// What a node says on a session's leg.
public enum ToGateway: Hashable, Sendable {
    /// The session is here. What it missed follows, then `home`.
    case attached
    /// Not the owner. The last word.
    case moved(epoch: UInt64)
    /// A newer generation of this session is served by another gateway. The last word.
    case superseded
    /// Not taken. The last word.
    case refused(status: UInt16, reason: String)
    /// The client's messages of these numbers are dealt with: forget them.
    case taken(through: UInt64, also: [UInt64])
    /// A message that is to be kept until the client acknowledges it.
    case deliver(KeptMessage)
    /// The backlog is complete. Counts as a message at that position, so that the client's acknowledgement of it confirms the home.
    ///
    /// `isRecovered`: nothing that the client missed is known to be gone; false where a session came without its backlog, and
    /// its former home could not be asked or had forgotten it.
    case home(Home, at: Position, isRecovered: Bool = true)
    /// The session was given up; with the application's state, if it gave any. The last word: all before it was said before.
    case released(epoch: UInt64, state: [UInt8]?)
    /// The node ended the session. The last word.
    case close(code: UInt16, reason: String)
}

extension ToGateway {
    /// Whether the leg is over with it.
    public var isLastWord: Bool {
        switch self {
        case .moved, .superseded, .refused, .released, .close: true
        case .attached, .taken, .deliver, .home: false
        }
    }
}
