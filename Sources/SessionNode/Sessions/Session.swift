import Reactor
import SessionLink

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
    case leg(link: SocketID, leg: LegID)
    /// The client's own socket.
    case client(SocketID)
    /// Nothing now: its gateway is lost, or it has just come and its leg is not bound yet.
    case none
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
    var carrier: Carrier
    /// The machine's name of its leg, where the session can move (plan C); 0 for none.
    private(set) var rehomedLeg: UInt64 = 0
    /// The epoch of the ring under which the session came: the node's or the gateway's, whichever is higher.
    let openedUnder: UInt64

    /// What may still go out on the leg. Sessions on a socket of their own do not use it.
    var sendCredit = SendCredit()
    /// What is owed to the gateway for the messages it sent on the leg.
    var receiveCredit = ReceiveCredit()
    /// Cost of messages that are dealt with but not given back, since their answers still wait for credit: a client that
    /// does not read is not read from either.
    var heldBack = 0
    /// Whether messages wait for credit; they lie in `Backlogs`, not here.
    var hasBacklog = false
    /// Which part of a message the leg's next frame may be; chunks that came lie in `NodeContext.assemblies`, not here.
    var order = ChunkOrder()
    /// Whether its end has begun: it takes and sends nothing more.
    var isEnding = false

    /// Goes on by another leg, or by none: what was under way on the former one is gone.
    mutating func begin(on carrier: Carrier, rehomedLeg: UInt64 = 0) {
        self.carrier = carrier
        self.rehomedLeg = rehomedLeg
        sendCredit = SendCredit()
        receiveCredit = ReceiveCredit()
        heldBack = 0
        hasBacklog = false
        order = ChunkOrder()
    }

    /// The next session of the same user, or -1. In a free place of the table: the next free place.
    var next: Int32 = -1
}
