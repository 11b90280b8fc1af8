import ClusterModel
import SessionLink

/// A client's session at its gateway, which is the only process that outlives its owner and holds its socket.
///
/// ```
///                    ┌──────────────── leg lost, moved, silent ────────────────┐
///                    ▼                                                         │
/// waiting ──▶ (queued) ──▶ attaching ──attached──▶ catchingUp ──home──▶ homed ─┤
///  ▲  ▲                                                                   │    │
///  │  └─ pausing ◀── the same owner again, later                  detach  ▼    │
///  └──────────────────────── released ────────────────────────────── releasing ┘
/// ```
/// A planned move and a crash are one way: the leg ends, and the session is attached to the owner that the ring names.
/// A value without a clock or a socket: it is told what happened and appends what is to be done.
public struct GatewaySessionMachine: Sendable {
    /// Where the session stands.
    enum Stage: UInt8 {
        /// No leg: for want of a ring, of an owner, or of a newer ring.
        case waiting
        /// No leg: the owner refused or was lost, and is asked again when `timer` says so.
        case pausing
        /// No leg: the pace has not given a slot yet.
        case queued
        /// The attach was said.
        case attaching
        /// Attached; the backlog is coming.
        case catchingUp
        /// In step with the owner.
        case homed
        /// The owner was asked to let go.
        case releasing
        /// Nothing will come any more.
        case over
    }

    /// What the pace was asked for.
    enum Slot: UInt8 { case none, asked, held }

    /// The session.
    public let session: SessionID
    /// Who it is.
    public let user: [UInt8]
    /// How its client takes part.
    public let kind: ClientKind
    /// Rises by one with each resume.
    public let generation: UInt32
    let limits: SharedBounds

    var stage = Stage.waiting
    var slot = Slot.none
    /// The node took the session, so the client is in.
    var isIn = false
    /// No node ever took it, and its client is new.
    var isNew: Bool
    /// The whole backlog of `home` was received.
    var isSynced: Bool
    /// Nothing that the client missed was gone when `home` became it.
    public internal(set) var isRecovered = true
    /// The former owner gave the session away in order.
    var isReleased = false
    /// The client waits to be read again.
    var isFull = false
    /// `stored` is to be said at the end of the round.
    var owesStored = false
    /// `received` is to be said at the end of the round.
    var owesReceived = false
    /// The client is gone with this code; the node does not know it yet.
    var farewell: UInt16?

    /// The epoch of the ring; 0 if there was none.
    public internal(set) var epoch: UInt64 = 0
    /// Whom that ring names.
    public internal(set) var owner: Home?
    /// A ring below this is not acted upon.
    var wantedEpoch: UInt64 = 0
    /// Where the leg leads; nil if there is none.
    public internal(set) var leg: Home?
    /// The last leg's number.
    public internal(set) var attempt: Attempt = 0
    /// Who last completed an attach, and so has the state.
    public internal(set) var home: Home?

    /// When the present stage takes too long, or its pause ends.
    var timer: Duration?
    /// When the client is given up; nil while it has an owner.
    var strandedUntil: Duration?
    /// Since when it waits for the pace, which does not count as being without an owner.
    var queuedAt = Duration.zero
    var homedAt = Duration.zero
    var retryDelay = Duration.zero

    var window = UpstreamWindow()
    var marks = SenderMarks()
    /// What the client has not acknowledged, in order.
    var buffer: [KeptMessage] = []
    var bufferBytes = 0
    /// The highest position that was stored, or said of.
    public internal(set) var last = Position.start
    /// The highest position of a message that was passed to the client.
    var passedOn = Position.start
    /// All up to here the client has.
    var received = Position.start
    /// What the former owner's application gave away.
    var state: [UInt8]?

    /// A session of a client that is new.
    public init(session: SessionID, user: [UInt8], kind: ClientKind, bounds: RehomingBounds = .standard) {
        self.init(session: session, user: user, kind: kind, limits: SharedBounds(bounds))
    }

    /// The same, with bounds that many sessions share.
    public init(session: SessionID, user: [UInt8], kind: ClientKind, limits: SharedBounds) {
        (self.session, self.user, self.kind, self.limits) = (session, user, kind, limits)
        generation = 0
        isNew = true
        isSynced = true
    }

    /// A session of a client that came back; it has seen all up to `position`. The client counts its attempts: two of them with
    /// one token have different generations. Without its count, or if it is too low, it is the token's and one more.
    public init(
        resuming token: ResumeToken, user: [UInt8], position: Position, generation: UInt32? = nil,
        bounds: RehomingBounds = .standard
    ) {
        self.init(
            resuming: token, user: user, position: position, generation: generation, limits: SharedBounds(bounds))
    }

    /// The same, with bounds that many sessions share.
    public init(
        resuming token: ResumeToken, user: [UInt8], position: Position, generation: UInt32? = nil,
        limits: SharedBounds
    ) {
        (session, self.user, kind, self.limits) = (token.session, user, .resumable, limits)
        self.generation = max(generation ?? 0, min(token.generation, .max - 1) + 1)
        isNew = false
        isSynced = false
        home = token.home
        last = position
        received = position
    }

    /// Whether nothing will come of this session any more: the driver may forget it.
    public var isOver: Bool { stage == .over }

    /// Whether the session has no leg, so that its client waits.
    public var isStalled: Bool { leg == nil }

    /// Whether the owner that the ring names has the session, or there is nothing to place: what a gateway adds up before it
    /// says that it has no more to attach.
    public var isPlaced: Bool {
        stage == .over || ((stage == .catchingUp || stage == .homed) && leg == owner)
    }

    /// Messages of the client that no node has dealt with, and their bytes.
    public var waiting: (messages: Int, bytes: Int) { (window.count, window.bytes) }

    /// Messages that the client has not acknowledged, and their bytes.
    public var kept: (messages: Int, bytes: Int) { (buffer.count, bufferBytes) }
}

/// Bounds that many sessions share, so that they do not carry them each.
public final class SharedBounds: Sendable {
    /// The bounds.
    public let values: RehomingBounds

    /// Those bounds.
    public init(_ values: RehomingBounds = .standard) { self.values = values }
}
