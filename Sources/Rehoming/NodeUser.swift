import SessionLink

/// One user at a node: its sessions, and the messages for it that are not settled.
struct NodeUser {
    let name: [UInt8]
    var sessions: [NodeSession] = []
    var log = RecipientLog()
    /// Since which epoch this node owns the user without interruption; nil if it does not.
    var since: UInt64?
    /// What was sent by an older ring is refused (P14).
    var floor: UInt64 = 0
    /// A gateway holds a ring of this epoch by which the user may be another node's.
    var awaitedRing: UInt64 = 0
    /// When sessions that are still here, though another node owns the user, are given up.
    var leaveBy: Duration?
    /// When what is doubted is called offline even if the ring can't be read.
    var doubtUntil: Duration?
    /// The earliest time for which the machine was asked to come back.
    var armed: Duration?

    init(_ name: [UInt8], since: UInt64?) {
        self.name = name
        self.since = since
        floor = since ?? 0
    }

    var isOwned: Bool { since != nil }

    /// Whether there is nothing to remember.
    var isForgettable: Bool { sessions.isEmpty && log.isEmpty }

    /// Whether any session is there to get messages, or waits for its gateway.
    var hasSessions: Bool { sessions.contains { $0.counts } }

    /// When time matters next.
    var deadline: Duration? {
        var first = leaveBy
        if let time = doubtUntil { first = first.map { min($0, time) } ?? time }
        for session in sessions {
            guard let time = session.deadline else { continue }
            first = first.map { min($0, time) } ?? time
        }
        return first
    }

    /// Sessions that are attached here, though another node owns the user.
    var misplaced: Int { isOwned ? 0 : sessions.count { $0.leg != nil } }

    func isInGrace(_ context: NodeContext) -> Bool { since.map { context.graces.holds(since: $0) } ?? false }

    func index(of session: SessionID) -> Int? { sessions.firstIndex { $0.id == session } }

    /// Does what is due.
    mutating func tick(_ context: NodeContext, _ out: inout NodeOutlet) {
        if let time = leaveBy, time <= context.now {
            leaveBy = nil
            giveUpMisplaced(context, &out)
        }
        if let time = doubtUntil, time <= context.now {
            doubtUntil = nil
            var context = context
            context.confirmed = context.now
            evaluateAll(context, &out)
        }
        for index in sessions.indices.reversed() {
            guard index < sessions.count, let time = sessions[index].deadline, time <= context.now else { continue }
            switch sessions[index].phase {
            case .fetching: fetchOn(index, context, &out)
            case .attached: break
            case .leaving: release(index, context, &out)
            case .legless: end(index, code: 1006, context, &out)
            case .kept: forget(index, &out)
            }
        }
    }
}
