import ClusterModel
import HashRing

/// Everything the registry knows and intends for one service, as a value: who is up, which ring is in force, what is
/// still to be written.
///
/// ```
///  registered, silent, drained, left, settings ──▶ Membership ──▶ ChangeWindow (gathers)
///                                                                     │ closed
///              committed ◀── store ◀── commit(document, epoch) ◀──────┘
///                                 failed ──▶ wait, then again; nothing is lost
/// ```
/// Time comes in as a duration since any fixed moment. What is to be done outside comes out as actions.
struct ServiceMachine: Sendable {
    /// What somebody has to do now.
    enum Action: Sendable, Equatable {
        /// Store and announce; then say `committed` or `failed`.
        case commit(PlannedRing)
        /// Call these nodes: they are silent, and if nobody listens any more they are gone.
        case probe([NodeRecord])
        /// Call these nodes, which are suspected; then say `checked` of each.
        case check([NodeRecord])
        /// Tell a person.
        case report(Membership.Change)
    }

    let service: ServiceName
    let timing: RegistryTiming
    var membership: Membership
    var settings = ServiceSettings.standard
    /// The ring that was stored last; `nil` before the first.
    private(set) var held: RingSnapshot?
    var window: ChangeWindow<String>
    /// Whom gateways suspect to be gone.
    var suspected = SuspectedNodes()
    /// Causes whose window has closed and that no stored ring carries yet.
    private var pending: [String] = []
    private var writing = Writing.idle
    /// The highest epoch the store is known to have had.
    private var storedEpoch: Epoch?
    /// The highest epoch anybody claimed to hold, also of nodes that are gone since.
    private(set) var reported: Epoch?
    /// The registrations the store is known to have.
    private var storedNodes: [NodeID: NodeRecord] = [:]
    private var mustRewrite = false
    /// Attempts to write that failed since the last success.
    private(set) var failures = 0

    private enum Writing: Sendable {
        case idle
        case underway(PlannedRing)
        /// After a failure. `again` is a commit that may have been stored: it is repeated as it was, so that one change
        /// does not become two epochs.
        case waiting(until: Duration, again: PlannedRing?)
    }

    init(_ service: ServiceName, timing: RegistryTiming) {
        self.service = service
        self.timing = timing
        membership = Membership(lease: timing.lease)
        window = ChangeWindow(quiet: timing.gather, longest: timing.longestGather)
    }

    // MARK: Start

    /// Takes up what the store has. Every known node counts as heard of just now: a registry that was away for a while
    /// must not mistake its own absence for the nodes'.
    mutating func resume(_ stored: StoredService, at now: Duration) {
        settings = stored.settings
        held = stored.snapshot
        storedEpoch = stored.epoch
        let records = Self.records(of: stored)
        storedNodes = Dictionary(stored.nodes.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        for record in records {
            let onRing = stored.snapshot?.node(record.id)
            let isDraining = onRing?.state == .draining && onRing?.incarnation == record.incarnation
            _ = try? membership.apply(.restored(record, isDraining ? .draining : .up), at: now)
        }
        // With no ring and no nodes there is nothing to announce: an empty ring would take users from whoever still
        // holds a better one.
        let isBlank = stored.snapshot == nil && records.isEmpty
        if !isBlank, wanted(epoch: held?.epoch ?? .first) != held?.document { window.add("resumed", at: now) }
    }

    /// The registrations; for a node that only the ring knows, what the ring says of it.
    private static func records(of stored: StoredService) -> [NodeRecord] {
        let known = Set(stored.nodes.map(\.id))
        let others = (stored.snapshot?.nodes ?? []).filter { !known.contains($0.id) }.compactMap { node in
            guard let address = node.address, let url = node.url else { return NodeRecord?.none }
            return try? NodeRecord(
                member: node.member, incarnation: node.incarnation, kind: node.kind, address: address, url: url,
                loops: node.loops)
        }
        return stored.nodes + others
    }

    // MARK: Time

    /// When `advance` has to be called next at the latest, if nothing else happens.
    func nextDeadline(at now: Duration) -> Duration {
        // While too many are silent, expired leases stay expired: look again now and then, not without pause.
        let lease = membership.nextDeadline.map { membership.isFrozen ? max($0, now + timing.lease / 4) : $0 }
        // What waited for another call to end was due before now; a time in the past would look like lateness.
        let call = suspected.nextDeadline.map { max($0, now) }
        var deadlines = [now + .seconds(1), lease, window.deadline, call].compactMap(\.self)
        if case .waiting(let until, _) = writing { deadlines.append(until) }
        return deadlines.min() ?? now + .seconds(1)
    }

    /// Lets time pass: ends leases, closes the window, and starts to write if there is something to write.
    mutating func advance(to now: Duration, unixMilliseconds: UInt64) -> [Action] {
        var actions = note((try? membership.apply(.tick, at: now)) ?? [], at: now) + callSuspected(at: now)
        pending += window.take(at: now)
        switch writing {
        case .underway: return actions
        case .waiting(let until, _) where now < until: return actions
        case .waiting(_, let again?):
            writing = .underway(again)
            actions.append(.commit(again))
        case .idle, .waiting:
            guard let commit = nextCommit(unixMilliseconds) else { break }
            writing = .underway(commit)
            actions.append(.commit(commit))
        }
        return actions
    }

    /// Takes changes of the membership into the window; answers what is to be told or done because of them.
    mutating func note(_ changes: [Membership.Change], at now: Duration) -> [Action] {
        var actions: [Action] = []
        for change in changes {
            if change.changesDocument { window.add(change.cause, at: now, isUrgent: change.cutsUsersOff) }
            actions.append(.report(change))
            if case .frozen(let silent) = change {
                actions.append(.probe(silent.compactMap { membership.entry($0)?.record }))
            }
        }
        return actions
    }

    /// Remembers an epoch that somebody claims to hold, so that the next one exceeds it.
    ///
    /// Numbers past 2^52 are not believed: the Unix time in milliseconds needs 140,000 years to get there, and one
    /// broken node could use the numbers up.
    mutating func hear(of epoch: Epoch?) {
        guard let epoch, epoch.value < 1 << 52 else { return }
        reported = max(reported ?? epoch, epoch)
    }

    // MARK: Writing

    /// The changes that the store failed to take so far, for readiness; `nil` while writing goes well.
    var unwritten: String? {
        guard failures > 0 else { return nil }
        var causes = pending
        switch writing {
        case .underway(let commit), .waiting(_, let commit?): causes = commit.causes + causes
        case .idle, .waiting: break
        }
        return causes.joined(separator: ", ")
    }

    private func wanted(epoch: Epoch) -> RingDocument {
        RingDocument(service: service, epoch: epoch, settings: settings, nodes: membership.ringNodes)
    }

    private mutating func nextCommit(_ unixMilliseconds: UInt64) -> PlannedRing? {
        guard !pending.isEmpty else { return nil }
        if let held, !mustRewrite, wanted(epoch: held.epoch) == held.document {
            // It came and went within one window: everybody holds the right ring already.
            pending = []
            return nil
        }
        let highest = [storedEpoch, held?.epoch].compactMap(\.self).max()
        guard let epoch = Epoch.next(stored: highest, highestReported: reported, unixMilliseconds: unixMilliseconds)
        else { return nil }
        guard let document = try? wanted(epoch: epoch).seal(),
            let snapshot = try? RingSnapshot(bytes: document, for: service)
        else { preconditionFailure("every node and setting was checked when it came in, so they make a ring") }
        let live = membership.all.filter(\.isLive).map(\.record)
        let ids = Set(live.map(\.id))
        defer { pending = [] }
        return PlannedRing(
            snapshot: snapshot, causes: pending, save: live.filter { storedNodes[$0.id] != $0 },
            forget: storedNodes.keys.filter { !ids.contains($0) }.sorted(), settings: nil)
    }

    /// The commit as it has to be for a store that holds `version` now: if that is not the ring that was stored last, the
    /// store lost its data meanwhile, and is told everything and not only what changed.
    func completed(_ commit: PlannedRing, storeHolds version: RingVersion?) -> PlannedRing {
        if version == held?.version { return commit }
        return PlannedRing(
            snapshot: commit.snapshot, causes: commit.causes,
            save: membership.all.filter(\.isLive).map(\.record), forget: commit.forget, settings: settings)
    }

    /// The store has it.
    mutating func committed(_ commit: PlannedRing) {
        held = commit.snapshot
        storedEpoch = commit.snapshot.epoch
        for record in commit.save { storedNodes[record.id] = record }
        for id in commit.forget { storedNodes[id] = nil }
        mustRewrite = false
        writing = .idle
        failures = 0
    }

    /// The store does not have it, or did not say. Nothing is lost: it is tried again, after a pause that grows to 2 s.
    mutating func failed(_ commit: PlannedRing, _ error: ServiceStoreError, at now: Duration) {
        failures += 1
        switch error {
        case .stale(let stored):
            // Somebody wrote, or our own clock went back. The next epoch is above what is stored.
            storedEpoch = [storedEpoch, stored, commit.snapshot.epoch].compactMap(\.self).max()
            pending = commit.causes + pending
            writing = .waiting(until: now, again: nil)
        case .uncertain:
            writing = .waiting(until: now + Self.pause(failures), again: commit)
        case .unavailable, .notLeader:
            pending = commit.causes + pending
            writing = .waiting(until: now + Self.pause(failures), again: nil)
        }
    }

    private static func pause(_ failures: Int) -> Duration {
        min(.seconds(2), .milliseconds(100) * (1 << min(failures, 6)))
    }

    /// What the store holds, seen in passing. If it lost our ring, the ring is written again with a higher epoch.
    ///
    /// Answers the foreign version if somebody else wrote a higher one; two writers are a fault that only a person mends.
    /// - Parameter asked: what `held` was when the store was asked; if it changed since, the answer is out of date.
    mutating func storeHolds(_ version: RingVersion?, asked: RingVersion?, at now: Duration) -> RingVersion? {
        guard case .idle = writing, let held, asked == held.version, version != held.version else { return nil }
        if let version, version.epoch > held.epoch {
            defer { storedEpoch = version.epoch }
            return storedEpoch == version.epoch ? nil : version
        }
        if !mustRewrite {
            mustRewrite = true
            window.add("the store lost its data", at: now)
        }
        return nil
    }
}
