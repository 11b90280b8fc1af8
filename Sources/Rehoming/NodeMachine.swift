import SessionLink

/// The node's side of re-homing, for the users of one loop: their sessions, what is kept for them, and what they send.
///
/// ```
/// gateways ── legs ──▶ NodeUser (sessions, log, outboxes) ◀── links ── other nodes' SenderStreams
///                         │ UpstreamReceiver                              ▲
///                         ▼                                               │ or errands, if the owner is this node
///                    the application ── send ──▶ SenderStreams ── links ──┘
/// ```
/// It decides and does nothing: time, rings and words come in, actions go out, in the same order in every run.
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

    /// Where a leg's session is.
    struct LegPlace {
        let user: Int
        let session: SessionID
    }

    /// A leg whose gateway holds a ring that this node awaits. What it says meanwhile is bounded like its window.
    struct WaitingLeg {
        let leg: Leg
        let attach: SessionAttach
        var early: [ToNode] = []
    }

    var context: NodeContext
    var history: OwnershipHistory
    var users = SlotTable<[UInt8], NodeUser>()
    var legs: [Leg: LegPlace] = [:]
    var places: [SessionID: Int] = [:]
    var waiting: [WaitingLeg] = []
    var parked: ParkedForwards
    var streams: SenderStreams
    var deadlines = DeadlineHeap()
    var news: [SessionID] = []
    /// Users who seem to be offline.
    var doubted: [[UInt8]] = []

    /// A machine without a ring.
    public init(me: Home, bounds: RehomingBounds = .standard, render: @escaping Render, freeze: @escaping Freeze) {
        context = NodeContext(me: me, bounds: bounds, render: render, freeze: freeze)
        history = OwnershipHistory(me: me)
        parked = ParkedForwards(bounds: bounds)
        streams = SenderStreams(me: me, bounds: bounds)
    }

    /// This run of this node.
    public var me: Home { context.me }

    /// Attached sessions whose owner is another node by the present ring. Complexity: O(users).
    public var misplaced: Int { users.indices.reduce(0) { $0 + (users[$1]?.misplaced ?? 0) } }

    /// When `tick` is wanted next; nil if never. It may be earlier than needed.
    public var deadline: Duration? { deadlines.first }

    /// How much is remembered, by what: all 0 once everybody has left and `resume` is over.
    public var census: [String: Int] {
        let present = users.indices.compactMap { users[$0] }
        return [
            "users": users.count, "sessions": places.count, "legs": legs.count, "waiting": waiting.count,
            "parked": parked.count, "streams": streams.streams.count, "paths": streams.paths.count,
            "keys": streams.keys.count, "senders": streams.loads.count, "news": news.count,
            "doubted": doubted.count,
            "entries": present.reduce(0) { $0 + $1.log.entries.count },
            "kept": present.reduce(0) { $0 + $1.sessions.reduce(0) { $0 + $1.outbox.items.count } },
        ]
    }

    /// Users of whom anything is remembered.
    public var rememberedUsers: Int { users.count }

    /// Time passed.
    public mutating func tick(now: Duration, _ actions: inout [Action]) {
        run(now, &actions) { machine, out in
            while let sleeper = machine.deadlines.next(due: now) {
                switch sleeper {
                case .user(let slot):
                    machine.users[slot]?.armed = nil
                    machine.users[slot]?.tick(machine.context, &out)
                    machine.tend(slot)
                case .stream(let slot):
                    machine.streams.wake(slot, now: now, &out)
                    machine.tendStream(slot)
                case .grace:
                    machine.context.graces.end(at: now)
                    machine.graceEnded(&out)
                    if let next = machine.context.graces.next { machine.deadlines.insert(.grace, at: next) }
                }
            }
        }
    }

    /// All linked gateways said that they have no more sessions to attach by the ring of that epoch.
    public mutating func graceOver(epoch: UInt64, now: Duration, _ actions: inout [Action]) {
        run(now, &actions) { machine, out in
            if epoch > machine.context.epoch, RehomingRule.readHigherEpoch.holds {
                out.actions.append(.readRing(atLeast: epoch))
            }
            machine.context.graces.end(through: epoch)
            machine.graceEnded(&out)
        }
    }

    private mutating func graceEnded(_ out: inout NodeOutlet) {
        for slot in users.indices {
            guard users[slot]?.log.isEmpty == false else { continue }
            users[slot]?.evaluateAll(context, &out)
            tend(slot)
        }
    }
}
