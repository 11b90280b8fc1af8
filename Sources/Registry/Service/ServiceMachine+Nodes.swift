import ClusterModel
import HashRing

/// What nodes and operators ask for, decided.
extension ServiceMachine {
    /// What has to be found out before a registration is taken.
    enum Admission: Sendable, Equatable {
        /// It is registered like this already; its lease is renewed.
        case known
        /// Nobody holds the name: call the node back.
        case callBack
        /// Another live run holds the name: call that one first, and the new one only if it is gone.
        case held(by: NodeRecord)
        /// It cannot be taken at all.
        case refuse(FieldError)
    }

    /// Why a request about a node is not granted.
    enum Refusal: Error, Sendable, Equatable {
        /// Not known, or down: register again (404).
        case unknown(NodeID)
        /// Another run holds the name (409).
        case otherIncarnation(NodeID, holding: Incarnation)
        /// The settings and nodes together make no ring (400).
        case invalid(FieldError)

        init(_ error: MembershipError) {
            switch error {
            case .unknown(let id): self = .unknown(id)
            case .otherIncarnation(let id, let holding): self = .otherIncarnation(id, holding: holding)
            }
        }
    }

    /// Looks at a registration before anything is done about it.
    func admission(of record: NodeRecord) -> Admission {
        if let error = misfit(record) { return .refuse(error) }
        guard let entry = membership.entry(record.id), entry.isLive else { return .callBack }
        if entry.record == record { return .known }
        return entry.record.incarnation == record.incarnation ? .callBack : .held(by: entry.record)
    }

    /// Whether this run of the node holds its name.
    func isLive(_ record: NodeRecord) -> Bool {
        guard let entry = membership.entry(record.id) else { return false }
        return entry.isLive && entry.record.incarnation == record.incarnation
    }

    /// Takes a registration whose node answered the call back.
    /// - Parameter gone: the run that held the name and was found to be gone, if there was one.
    mutating func register(
        _ record: NodeRecord, replacing gone: Incarnation?, at now: Duration
    ) throws(Refusal) -> [Action] {
        // Other requests ran while the calls were made: what they changed counts.
        if let error = misfit(record) { throw .invalid(error) }
        var changes: [Membership.Change] = []
        if let entry = membership.entry(record.id), entry.isLive, entry.record.incarnation != record.incarnation {
            let holding = entry.record.incarnation
            guard holding == gone else { throw .otherIncarnation(record.id, holding: holding) }
            // Incarnations usually rise, but a machine with a slow clock may come back with a lower one.
            if record.incarnation < holding { changes += try apply(.refused(record.id), at: now) }
        }
        changes += try apply(.registered(record), at: now)
        return note(changes, at: now)
    }

    /// Takes a heartbeat.
    mutating func heartbeat(_ id: NodeID, _ heartbeat: Heartbeat, at now: Duration) throws(Refusal) {
        hear(of: heartbeat.epoch)
        _ = try apply(.heard(id, heartbeat), at: now)
    }

    /// A node shall take no new users.
    mutating func drain(_ id: NodeID, at now: Duration) throws(Refusal) -> [Action] {
        note(try apply(.drain(id), at: now), at: now)
    }

    /// A node goes.
    mutating func leave(_ id: NodeID, _ incarnation: Incarnation?, at now: Duration) throws(Refusal) -> [Action] {
        note(try apply(.left(id, incarnation), at: now), at: now)
    }

    /// A silent node's port was found closed.
    mutating func foundGone(_ record: NodeRecord, at now: Duration) -> [Action] {
        // It may have said meanwhile that it is somewhere else.
        guard let held = membership.entry(record.id)?.record, held.incarnation == record.incarnation,
            held.address == record.address
        else { return [] }
        return note((try? membership.apply(.refused(record.id), at: now)) ?? [], at: now)
    }

    /// A person says that the nodes that are silent at once are gone indeed.
    mutating func confirmLoss(at now: Duration) -> [Action] {
        note((try? membership.apply(.lossConfirmed, at: now)) ?? [], at: now)
    }

    /// The registry itself stood still for this long; nobody's silence in that time counts.
    mutating func paused(for time: Duration, at now: Duration) {
        _ = try? membership.apply(.paused(time), at: now)
    }

    /// What new settings would be; they are put in force by `adopt` once the store keeps them.
    func checked(_ settings: ServiceSettings) throws(Refusal) -> ServiceSettings {
        let members = membership.all.filter(\.isLive).map(\.record.member)
        if Self.points(of: members, vnodes: settings.vnodes) > Ring.maxPoints {
            throw .invalid(
                .invalid("vnodes", expected: "so small that all nodes have \(Ring.maxPoints) points at most"))
        }
        return settings
    }

    /// Puts settings in force that the store keeps now.
    mutating func adopt(_ settings: ServiceSettings, at now: Duration) {
        guard settings != self.settings else { return }
        self.settings = settings
        window.add("settings", at: now)
    }

    private mutating func apply(
        _ event: Membership.Event, at now: Duration
    ) throws(Refusal) -> [Membership.Change] {
        do throws(MembershipError) {
            return try membership.apply(event, at: now)
        } catch {
            throw Refusal(error)
        }
    }

    /// Why this node and the others make no ring; `nil` if they do.
    private func misfit(_ record: NodeRecord) -> FieldError? {
        let others = membership.all.filter { $0.isLive && $0.record.id != record.id }.map(\.record.member)
        if others.count >= Ring.maxNodes { return .invalid("id", expected: "one of at most \(Ring.maxNodes) nodes") }
        // Also against draining nodes: one that shares a key with them could never be undone.
        if let twin = others.first(where: { $0.key == record.member.key }) {
            return .invalid("key", expected: "a key that no other node has; \(twin.id) has it")
        }
        if Self.points(of: others + [record.member], vnodes: settings.vnodes) > Ring.maxPoints {
            return .invalid("weight", expected: "so small that all nodes have \(Ring.maxPoints) points at most")
        }
        return nil
    }

    /// The number of points of Ring v1 §4.
    private static func points(of members: [RingMember], vnodes: Int) -> Int {
        members.reduce(0) { $0 + ($1.weight == 0 ? 0 : max(1, ($1.weight * vnodes + 50) / 100)) }
    }
}
