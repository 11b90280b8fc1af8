import ClusterModel
import SessionLink

/// A client's session at its gateway, which is the only process that outlives its owner and holds its socket.
///
/// A value without a clock or a socket: it is told what happened and appends what is to be done.
public struct GatewaySessionMachine: Sendable {
    /// The session.
    public let session: SessionID
    /// Who it is.
    public let user: [UInt8]
    /// How its client takes part.
    public let kind: ClientKind
    /// Rises by one with each resume.
    public let generation: UInt32
    let bounds: RehomingBounds

    /// A session of a client that is new.
    public init(session: SessionID, user: [UInt8], kind: ClientKind, bounds: RehomingBounds = .standard) {
        self.session = session
        self.user = user
        self.kind = kind
        self.bounds = bounds
        generation = 0
    }

    /// A session of a client that came back; it has seen all up to `position`. Its generation is the token's and one more.
    public init(resuming token: ResumeToken, user: [UInt8], position: Position, bounds: RehomingBounds = .standard) {
        session = token.session
        self.user = user
        kind = .resumable
        self.bounds = bounds
        generation = token.generation + 1
    }

    /// Whether nothing will come of this session any more: the driver may forget it.
    public var isOver: Bool { false }

    /// Whether the session has no leg, so that its client waits.
    public var isStalled: Bool { false }

    /// When `tick` has something to do.
    public var deadline: Duration? { nil }

    /// The ring of that epoch names this owner. The first one starts the session.
    public mutating func ring(epoch: UInt64, owner: Home?, now: Duration, _ actions: inout [Action]) {}

    /// The pace's turn: a slot for the move that was wanted.
    public mutating func move(now: Duration, _ actions: inout [Action]) {}

    /// A node said this on a leg.
    public mutating func heard(_ message: ToGateway, on leg: Attempt, now: Duration, _ actions: inout [Action]) {}

    /// A leg broke, could not be opened, or was silent for too long.
    public mutating func legLost(_ leg: Attempt, now: Duration, _ actions: inout [Action]) {}

    /// The client sent a message.
    public mutating func clientSent(_ bytes: UnsafeRawBufferPointer, isText: Bool) -> Intake { .full }

    /// A resumable client acknowledged all up to here; or a plain client's socket took it.
    public mutating func clientReceived(through position: Position, _ actions: inout [Action]) {}

    /// The client is gone, with this code. The machine may go on until the node knows of it: see `isOver`.
    public mutating func clientClosed(_ code: UInt16, now: Duration, _ actions: inout [Action]) {}

    /// A round of the driver's loop ends: says what was gathered, `stored` and `received`.
    public mutating func flush(_ actions: inout [Action]) {}

    /// Time passed.
    public mutating func tick(now: Duration, _ actions: inout [Action]) {}
}
