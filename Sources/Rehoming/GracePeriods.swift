/// For how long a node waits for the sessions of the users that a ring gave it.
///
/// Meanwhile nobody is offline there and nothing is accepted: a session that is still on its way has to get it too.
struct GracePeriods {
    private var periods: [(epoch: UInt64, until: Duration)] = []

    /// The end of the earliest period; nil if there is none.
    var next: Duration? { periods.map(\.until).min() }

    mutating func begin(epoch: UInt64, until: Duration) {
        periods.append((epoch, until))
    }

    /// Ends the periods of all rings up to that epoch.
    mutating func end(through epoch: UInt64) {
        periods.removeAll { $0.epoch <= epoch }
    }

    /// Ends those whose time is over.
    mutating func end(at now: Duration) {
        periods.removeAll { $0.until <= now }
    }

    /// Whether a user that is owned since that epoch is still waited for.
    func holds(since epoch: UInt64) -> Bool {
        RehomingRule.parkDuringGrace.holds && periods.contains { $0.epoch == epoch }
    }
}
