import Operations

/// What one service's loop counts for `/metrics`.
struct RegistryCounters: Sendable {
    let registrations = MetricCounter()
    let heartbeats = MetricCounter()
    let evictions = MetricCounter()
    let suspicions = MetricCounter()
    let suspicionCalls = SuspicionCalls()
    let commits = MetricCounter()
    let commitFailures = MetricCounter()
}

/// Calls of suspected nodes, by what they found.
struct SuspicionCalls: Sendable {
    let gone = MetricCounter()
    let alive = MetricCounter()
    let nothing = MetricCounter()

    func count(_ finding: SuspectedNodes.Finding) {
        switch finding {
        case .gone: gone.add()
        case .alive: alive.add()
        case .nothing: nothing.add()
        }
    }
}
