import SessionLink

/// A session at a node: its leg, if it has one, and what is kept for it.
struct NodeSession {
    /// Where it is in its life here.
    enum Phase {
        /// It has a leg, and its former home is asked for what it keeps.
        case fetching(Leg, SessionFetch)
        /// It has a leg and gets messages.
        case attached(Leg)
        /// It goes to another owner by that epoch, once its requests are answered, or that time is over; the time begins with
        /// the ring of that epoch.
        case leaving(Leg, epoch: UInt64, settledBy: Duration?)
        /// Its gateway is gone; this node owns its user, and messages wait for it until then.
        case legless(until: Duration)
        /// It is elsewhere; what it had here can be fetched until then.
        case kept(until: Duration)
    }

    typealias Leg = NodeMachine.Leg

    let id: SessionID
    var generation: UInt32
    var kind: ClientKind
    var phase: Phase
    /// What its gateway said of it, without the buffer.
    var attach: SessionAttach
    var outbox = Outbox()
    /// The position of what it is sent next.
    var next = Position.start
    /// The position of the home marker of its present leg.
    var homeAt = Position.start
    /// Whether its client confirmed that this is its home (P11).
    var isHomed = false
    /// Whether all is here that its client missed, as far as its home could say.
    var isRecovered = true
    var upstream = UpstreamReceiver()
    var results = ResultMemory()
    /// Whether the application has it.
    var isOpen = false
    /// What the application gave away.
    var frozen: [UInt8]?
    /// What its gateway said while its former home was asked. Bounded like the gateway's window.
    var early: [ToNode] = []
    /// Whether messages wait until its client has acknowledged others.
    var isBehind = false
    /// Whether it is on the list of those that say `taken` at the round's end.
    var isListed = false

    init(_ attach: SessionAttach, phase: Phase) {
        id = attach.session
        generation = attach.generation
        kind = attach.kind
        self.attach = attach
        self.phase = phase
    }

    /// Its leg, in whatever phase.
    var leg: Leg? {
        switch phase {
        case .fetching(let leg, _), .attached(let leg), .leaving(let leg, _, _): leg
        case .legless, .kept: nil
        }
    }

    /// Whether messages for its user are messages for it.
    var counts: Bool {
        if case .kept = phase { false } else { true }
    }

    /// Whether the user's senders are to be told `busy`.
    func isFull(_ bounds: RehomingBounds) -> Bool { counts && (isBehind || outbox.isFull(bounds)) }

    /// The leg on which it is sent messages.
    var openLeg: Leg? {
        if case .attached(let leg) = phase { leg } else { nil }
    }

    /// When time matters next.
    var deadline: Duration? {
        switch phase {
        case .fetching(_, let fetch): fetch.deadline
        case .attached: nil
        case .leaving(_, _, let time): time
        case .legless(let time): time
        case .kept(let time): RehomingRule.keptIsForgotten.holds ? time : nil
        }
    }

    /// Takes the next position.
    mutating func advance() -> Position {
        defer { next = next.next }
        return next
    }
}
