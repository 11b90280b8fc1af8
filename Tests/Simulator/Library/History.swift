/// What a client was told of a message.
public enum Told: UInt8, Hashable, Sendable, CustomStringConvertible {
    case accepted, delivered, offline, busy, unreachable, unknown

    var isFailure: Bool { self == .offline || self == .busy || self == .unreachable }
    var isLast: Bool { self != .accepted }

    /// As it is called everywhere.
    public var description: String {
        switch self {
        case .accepted: "accepted"
        case .delivered: "delivered"
        case .offline: "offline"
        case .busy: "busy"
        case .unreachable: "unreachable"
        case .unknown: "unknown"
        }
    }
}

/// Something that could be seen from outside; sessions, messages, processes are numbers.
public enum Happening: Hashable, Sendable {
    /// A client began a session. `isSlow`: it never acknowledges.
    case began(session: Int, user: Int, isResumable: Bool, isSlow: Bool)
    /// The session's client has a socket, or has lost it (or its gateway).
    case online(session: Int)
    case offline(session: Int)
    /// The client was told that it is in.
    case established(session: Int)
    /// The client was closed by the cluster.
    case closed(session: Int, code: UInt16)
    /// The client gave the session up, or had to.
    case ended(session: Int)
    /// First written to a socket. No recipient: a note to the application.
    case sent(message: Int, session: Int, to: Int?)
    case told(message: Int, Told, byItself: Bool)
    /// A message's frame reached the client; `isNew` is what the client made of it.
    case got(message: Int, session: Int, epoch: UInt64, k: UInt64, isNew: Bool)
    /// An observer of rings said this epoch.
    case epoch(observer: Int, UInt64)
    /// A gateway's leg for a session, as the gateway sees it; `place` is one stay of a client at a gateway.
    case legOpened(place: Int, leg: UInt64)
    case legEnded(place: Int, leg: UInt64)
    /// A node said "attached" on a leg.
    case attached(life: Int, session: Int, leg: UInt64)
    case detached(life: Int, leg: UInt64)
    /// What an application was given.
    case applicationBegan(life: Int, session: Int, isRecovered: Bool)
    case applicationGot(life: Int, session: Int, message: Int, place: UInt64)
    case applicationEnded(life: Int, session: Int)
    /// Copies that are kept of a session at one place, and the most that may be.
    case kept(session: Int, count: Int, most: Int)
    /// A node that ran with state died; a gateway died or was left by a client.
    case nodeFault(life: Int)
    case gatewayFault
    case move(epoch: UInt64)
    /// Faults are over.
    case healed
    /// Asked of everybody after all had time to settle; what is sent from here on must arrive.
    case probing
    /// From here on clients leave because the schedule ends.
    case everybodyLeaves
    /// At the end: where the session is attached, and where its owner by the last ring is.
    case settled(session: Int, at: [Int], owner: Int, gatewayLegs: Int)
    case misplaced(life: Int, count: Int)
    /// At the very end, long after everybody left.
    case timerLeft(process: String)
    case timerStuck(process: String)
    case remains(process: String, what: String, count: Int)
}

/// A happening and when.
public struct HistoryEvent: Hashable, Sendable {
    /// Virtual microseconds.
    public let at: Int64
    /// What.
    public let what: Happening

    /// That, then.
    public init(at: Int64, _ what: Happening) {
        self.at = at
        self.what = what
    }
}
