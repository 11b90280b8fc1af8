import SessionLink

/// The node's side of re-homing, for the users of one loop: their sessions, what is kept for them, and what they send.
public struct NodeMachine {
    /// The driver's name of a leg that a gateway opened; never used twice.
    public typealias Leg = UInt64
    /// The driver's name of a link that another node opened; never used twice, and never `local`.
    public typealias Link = UInt64
    /// Makes the frame that a client gets of a message.
    public typealias Render = (
        _ from: [UInt8], _ payload: [UInt8], _ key: MessageKey, _ position: Position, _ kind: ClientKind
    ) -> [UInt8]
    /// Takes a session away from the application and gives its state, if it has any. Without `adopt` it does not come back.
    public typealias Freeze = (SessionID) -> [UInt8]?

    /// The link of this node to itself; no driver sees it.
    public static let local = Link.max

    /// This run of this node.
    public let me: Home

    /// A machine without a ring.
    public init(me: Home, bounds: RehomingBounds = .standard, render: @escaping Render, freeze: @escaping Freeze) {
        self.me = me
    }

    /// Attached sessions whose owner is another node by the present ring.
    public var misplaced: Int { 0 }

    /// When `tick` is wanted next; nil if never.
    public var deadline: Duration? { nil }

    /// A ring was read. One that is not newer is ignored.
    public mutating func ring(_ map: any OwnerMap, now: Duration, _ actions: inout [Action]) {}

    /// A gateway's word on a leg.
    public mutating func heard(_ message: ToNode, on leg: Leg, now: Duration, _ actions: inout [Action]) {}

    /// A leg ended without a last word.
    public mutating func legLost(_ leg: Leg, now: Duration, _ actions: inout [Action]) {}

    /// A node's word on a link that it opened.
    public mutating func heard(
        _ message: PeerMessage, on link: Link, from home: Home?, now: Duration, _ actions: inout [Action]
    ) {}

    /// A link that another node opened ended.
    public mutating func linkLost(_ link: Link, now: Duration, _ actions: inout [Action]) {}

    /// A node's answer on the link that this node opened to it.
    public mutating func answered(
        _ message: PeerMessage, by home: Home, now: Duration, _ actions: inout [Action]
    ) {}

    /// The link that this node opened ended, or could not be opened: what was sent may or may not have arrived.
    public mutating func peerLost(_ home: Home, now: Duration, _ actions: inout [Action]) {}

    /// A session's client sends a reliable message. `upstream` is the number of the client's message that asked for it: it is
    /// settled with the outcome. `isAgain`: it may have been sent before, by any session machine or gateway.
    public mutating func send(
        from session: SessionID, n: UInt64, upstream: UInt64, isAgain: Bool, to user: [UInt8], payload: [UInt8],
        now: Duration, _ actions: inout [Action]
    ) {}

    /// The application has dealt with a client's message.
    public mutating func settled(
        _ session: SessionID, upstream: UInt64, now: Duration, _ actions: inout [Action]
    ) {}

    /// The loop's round ends: says what was dealt with.
    public mutating func flushTaken(_ actions: inout [Action]) {}

    /// The application ends a session.
    public mutating func close(
        _ session: SessionID, code: UInt16, reason: String, now: Duration, _ actions: inout [Action]
    ) {}

    /// All linked gateways said that they have no more sessions to attach by the ring of that epoch.
    public mutating func graceOver(epoch: UInt64, now: Duration, _ actions: inout [Action]) {}

    /// Time passed.
    public mutating func tick(now: Duration, _ actions: inout [Action]) {}
}
