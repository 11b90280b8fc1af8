/// The plans by the letters people use for them.
enum DemoPlan: String, CaseIterable, Sendable {
    case a, b, c

    /// Its name in a service's settings.
    var setting: String {
        switch self {
        case .a: "reconnect-all"
        case .b: "reconnect-moved"
        case .c: "rehome"
        }
    }

    /// `A (reconnect-all)`; a name that has no letter stands for itself.
    static func name(ofSetting setting: String) -> String {
        allCases.first { $0.setting == setting }.map { "\($0.rawValue.uppercased()) (\(setting))" } ?? setting
    }
}

/// What a demo does to a cluster.
enum DemoEvent: String, CaseIterable, Sendable {
    /// A further node comes.
    case join
    /// A node is told to own nothing any more.
    case drain
    /// A node gets SIGKILL.
    case kill
    /// A node gets SIGSTOP, is off the ring after its lease, and is continued.
    case pause
    /// A gateway gets SIGKILL.
    case gateway
    /// Redis gets SIGSTOP and is continued.
    case redis
}

/// Which events, and how long everything takes.
struct DemoSchedule: Hashable, Sendable {
    /// A step of the schedule.
    enum Step: Hashable, Sendable {
        /// Nothing happens.
        case quiet(Duration)
        /// Something happens; then it is watched.
        case event(DemoEvent, watched: Duration)
        /// What the event took away is put back.
        case repair(DemoEvent)
        /// Nothing is sent any more.
        case end
    }

    let events: [DemoEvent]
    /// Between events, and before the first.
    let quiet: Duration
    /// How long an event's consequences may last.
    let window: Duration
    /// How long a process stands still: longer than the lease.
    let hold: Duration

    /// The steps in order. An event that holds something still is watched that much longer.
    var steps: [Step] {
        let body = events.flatMap { event -> [Step] in
            let isHeld = event == .pause || event == .redis
            return [
                .quiet(quiet), .event(event, watched: isHeld ? hold + window : window), .repair(event),
            ]
        }
        return body + [.quiet(quiet), .end]
    }

    /// About how long it takes, without starting and repairing.
    var length: Duration {
        steps.reduce(.zero) { sum, step in
            switch step {
            case .quiet(let time), .event(_, let time): sum + time
            case .repair, .end: sum
            }
        }
    }
}
