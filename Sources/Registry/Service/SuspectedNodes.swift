import ClusterModel
import HashRing

/// Which suspected nodes are called, and when: a value that knows no network.
///
/// BACKGROUND. Gateways see a node die before its lease ends, but they also see cut cables, and whoever may write may lie.
/// A suspicion therefore only makes the registry call the node itself, earlier than it would have.
///
/// BEHAVIOUR. Whatever is reported, however often and by how many, a node has one call under way, two of its calls are
/// `pause` apart, and all nodes together are called at most `perSecond` times a second with `mostCalls` under way. What has
/// to wait is kept: one entry per node. A process that is just dying takes a connection and drops it, so what ends
/// without an answer is repeated, `tries` times in all; after that the lease decides.
///
/// ```
///   suspect ──▶ waiting(until) ──due──▶ calling ──gone──▶ (forgotten; it is down)
///                   ▲   ▲                 │ │
///                   │   └── no answer ────┘ └─alive──▶ resting(until) ──▶ (forgotten)
///                   └──────────── suspected again ────────┘
/// ```
struct SuspectedNodes: Sendable {
    /// From one call of a node to the next.
    static let pause = Duration.milliseconds(100)
    /// Before a call is repeated that ended without an answer.
    static let pauseWithoutAnswer = Duration.milliseconds(20)
    static let tries = 3
    static let perSecond = 50
    static let mostCalls = 16

    /// What a call found, as far as it matters here.
    enum Finding: Sendable, Equatable {
        case gone
        case alive
        /// No answer, or none that proves anything.
        case nothing
    }

    private enum State: Sendable {
        case waiting(until: Duration, tries: Int)
        /// `again`: it was suspected once more since the call began.
        case calling(tries: Int, again: Bool)
        /// Called lately.
        case resting(until: Duration)
    }

    private var states: [NodeID: State] = [:]
    private var calls = 0
    /// From when on the next call fits into `perSecond`; at the start a whole second is saved up.
    private var budget = Duration.seconds(-1)

    /// Somebody suspects the node: it will be called, unless that is about to happen anyway.
    mutating func suspect(_ id: NodeID, at now: Duration) {
        switch states[id] {
        case nil: states[id] = .waiting(until: now, tries: 0)
        case .resting(let until): states[id] = .waiting(until: until, tries: 0)
        case .calling(let tries, again: false): states[id] = .calling(tries: tries, again: true)
        case .waiting, .calling(_, again: true): break
        }
    }

    /// The nodes to call now; each has to be `found` afterwards.
    mutating func due(at now: Duration) -> [NodeID] {
        states = states.filter { if case .resting(let until) = $0.value { until > now } else { true } }
        var due: [NodeID] = []
        for (id, until, tries) in waiting where until <= now {
            guard calls < Self.mostCalls, budget <= now else { break }
            // A quiet second saves up a burst, never more.
            budget = max(budget, now - .seconds(1)) + .seconds(1) / Self.perSecond
            states[id] = .calling(tries: tries + 1, again: false)
            calls += 1
            due.append(id)
        }
        return due
    }

    /// What the call of a node came to.
    mutating func found(_ finding: Finding, at id: NodeID, at now: Duration) {
        guard case .calling(let tries, let again) = states[id] else { return }
        calls -= 1
        switch finding {
        case .gone: states[id] = nil
        case .nothing where tries < Self.tries:
            states[id] = .waiting(until: now + Self.pauseWithoutAnswer * tries, tries: tries)
        case .nothing, .alive:
            states[id] = again ? .waiting(until: now + Self.pause, tries: 0) : .resting(until: now + Self.pause)
        }
    }

    /// When `due` has something to give at the earliest; `nil` if nobody waits, or only for a call to end.
    var nextDeadline: Duration? {
        guard calls < Self.mostCalls else { return nil }
        return waiting.first.map { max($0.until, budget) }
    }

    /// Who waits, by time and then by id.
    private var waiting: [(id: NodeID, until: Duration, tries: Int)] {
        states.compactMap { id, state in
            if case .waiting(let until, let tries) = state { (id, until, tries) } else { nil }
        }
        .sorted { ($0.until, $0.id) < ($1.until, $1.id) }
    }
}
