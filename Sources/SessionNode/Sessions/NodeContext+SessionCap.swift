extension NodeContext {
    /// What a user hears who has as many sessions as one may have.
    static let tooManySessions = "this user has as many sessions as one may have"

    /// Whether the user may have one more session. Exact, since all sessions of a user are on this loop of this node; for a
    /// moment after a ring changed there may be others, on the node that had the user before.
    func mayOpen(_ user: [UInt8], hash: UInt64) -> Bool {
        let isFull = user.withUnsafeBytes { sessions.has(sessionsPerUser, sessionsOf: $0, hash: hash) }
        if isFull { counters.tooManySessions += 1 }
        return !isFull
    }
}
