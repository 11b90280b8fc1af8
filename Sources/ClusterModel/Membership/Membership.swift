import HashRing

/// Which nodes of one service are up: what the registry believes, and why.
///
/// A value without a clock or a network: events go in with the time they happened at (a duration since any fixed
/// moment, from a monotonic clock), changes come out. A node is registered here only after it answered the registry's
/// call back. One lease of silence means down, exactly; a restart within the lease keeps the node's place on the ring.
///
/// ```
///   registered ──▶ up ──drain──▶ draining ──left──▶ (gone)
///                  │                │
///                  └─lease / refused┴──▶ down ──keepDown──▶ (gone)
///                            registered ◀──┘
/// ```
public struct Membership: Sendable {
    /// How long silence is tolerated.
    public let lease: Duration
    /// How long a node that is down stays listed, so that people can see what happened.
    public let keepDown: Duration
    /// Whether expired leases are held back, since too many nodes are silent at once.
    public private(set) var isFrozen = false

    var entries: [NodeID: Entry] = [:]

    /// Knows no node.
    public init(lease: Duration = .seconds(3), keepDown: Duration = .seconds(600)) {
        self.lease = lease
        self.keepDown = keepDown
    }

    /// Takes one event; answers with what changed, in an order that makes sense to a reader.
    public mutating func apply(_ event: Event, at now: Duration) throws(MembershipError) -> [Change] {
        switch event {
        case .registered(let record): return try register(record, at: now)
        case .heard(let id, let heartbeat): return try hear(id, heartbeat, at: now)
        case .drain(let id): return try drain(id, at: now)
        case .left(let id, let incarnation): return try leave(id, incarnation)
        case .refused(let id): return bringDown([id], cause: .refused, at: now)
        case .restored(let record, let state): return restore(record, state, at: now)
        case .paused(let time): return forgive(time)
        case .lossConfirmed: return confirmLoss(at: now)
        case .tick: return tick(at: now)
        }
    }

    // MARK: Asking

    /// All nodes by id, those that are down included.
    public var all: [Entry] {
        entries.values.sorted { $0.record.id < $1.record.id }
    }

    /// One node; `nil` if it is not known.
    public func entry(_ id: NodeID) -> Entry? {
        entries[id]
    }

    /// The nodes of the next document: all that are not down, draining ones with weight 0.
    public var ringNodes: [RingDocument.Node] {
        all.compactMap { entry in entry.state.onRing.map { RingDocument.Node(entry.record, state: $0) } }
    }

    /// When the next lease ends if nothing is heard; `nil` if nobody is up. A `tick` is due then.
    public var nextDeadline: Duration? {
        entries.values.filter(\.isLive).map { $0.lastHeard + lease }.min()
    }

    /// The highest epoch any node reported, which the next one has to exceed.
    public var highestReported: Epoch? {
        entries.values.compactMap { $0.heartbeat?.epoch }.max()
    }

    // MARK: Events

    private mutating func register(_ record: NodeRecord, at now: Duration) throws(MembershipError) -> [Change] {
        guard let held = entries[record.id], held.isLive else {
            entries[record.id] = Entry(record, .up, at: now)
            return [.up(record)]
        }
        let previous = held.record.incarnation
        // The older run of a node must not take the name back from the newer one.
        guard record.incarnation >= previous else { throw .otherIncarnation(record.id, holding: previous) }
        guard record.incarnation == previous else {
            entries[record.id] = Entry(record, .up, at: now)
            return [.restarted(record, previous: previous)]
        }
        // The same run again: it lost our answer, or its address changed. If it is draining it goes on draining.
        entries[record.id]?.record = record
        entries[record.id]?.lastHeard = now
        return held.record == record ? [] : [.updated(record)]
    }

    private mutating func hear(
        _ id: NodeID, _ heartbeat: Heartbeat, at now: Duration
    ) throws(MembershipError) -> [Change] {
        // A run that is newer than the one on the list has never registered here.
        if let held = entries[id], heartbeat.incarnation > held.record.incarnation { throw .unknown(id) }
        try checkLive(id, incarnation: heartbeat.incarnation)
        entries[id]?.lastHeard = now
        entries[id]?.heartbeat = heartbeat
        return []
    }

    private mutating func drain(_ id: NodeID, at now: Duration) throws(MembershipError) -> [Change] {
        let entry = try checkLive(id, incarnation: nil)
        guard entry.state == .up else { return [] }
        entries[id]?.state = .draining
        entries[id]?.since = now
        return [.draining(id)]
    }

    private mutating func leave(_ id: NodeID, _ incarnation: Incarnation?) throws(MembershipError) -> [Change] {
        guard let entry = entries[id] else { throw .unknown(id) }
        if let incarnation, incarnation != entry.record.incarnation {
            throw .otherIncarnation(id, holding: entry.record.incarnation)
        }
        entries[id] = nil
        return entry.isLive ? [.left(id)] : [.forgotten(id)]
    }

    private mutating func restore(_ record: NodeRecord, _ state: RingDocument.NodeState, at now: Duration) -> [Change] {
        // What was heard directly is fresher than what was stored.
        guard entries[record.id] == nil else { return [] }
        entries[record.id] = Entry(record, state == .up ? .up : .draining, at: now)
        return [.restored(record.id)]
    }

    private mutating func forgive(_ time: Duration) -> [Change] {
        for id in entries.keys { entries[id]?.lastHeard += time }
        return []
    }

    @discardableResult
    private func checkLive(_ id: NodeID, incarnation: Incarnation?) throws(MembershipError) -> Entry {
        guard let entry = entries[id], entry.isLive else { throw .unknown(id) }
        if let incarnation, incarnation != entry.record.incarnation {
            throw .otherIncarnation(id, holding: entry.record.incarnation)
        }
        return entry
    }

    /// Marks the live ones among `ids` as down.
    mutating func bringDown(_ ids: [NodeID], cause: DownCause, at now: Duration) -> [Change] {
        var changes: [Change] = []
        for id in ids where entries[id]?.isLive == true {
            entries[id]?.state = .down(cause)
            entries[id]?.since = now
            changes.append(.down(id, cause))
        }
        return changes
    }

    mutating func setFrozen(_ frozen: Bool) {
        isFrozen = frozen
    }
}
