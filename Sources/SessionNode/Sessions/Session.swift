import Reactor

/// Names a session inside its loop: a place and how often that place was given away before.
///
/// A reference outlives its session harmlessly. The place may be taken by another session later,
/// but never under the same generation, so a late end or a late answer finds nothing instead of a stranger.
public struct SessionRef: Hashable, Sendable {
    let index: Int32
    let generation: UInt32
}

/// What brings a session's bytes to the node.
enum Carrier: Hashable {
    /// A leg of a gateway's link.
    case leg(link: SocketID, number: UInt32)
    /// The client's own socket.
    case client(SocketID)
}

/// A user's connection, as the node sees it.
///
/// A plain value without references: thousands lie side by side in one table, and touching one counts nothing.
struct Session {
    let id: SessionID
    /// The user's bytes. They belong to the table and live as long as the user has a session.
    let user: UnsafeRawBufferPointer
    /// The ring's hash of the user.
    let hash: UInt64
    let carrier: Carrier
    /// The epoch of the ring that the node held when the session came.
    let openedUnder: UInt64

    /// Bytes that may still go out on the leg before the gateway grants more. Sessions on a socket do not use it.
    var sendCredit: Int64 = 0
    /// Bytes that came on the leg and that the gateway has not been granted again yet.
    var ungranted: Int64 = 0
    /// Whether the leg has messages waiting for credit (they lie in the link's backlog, not here).
    var hasBacklog = false

    /// The next session of the same user, or -1. In a free place of the table: the next free place.
    var next: Int32 = -1
}
