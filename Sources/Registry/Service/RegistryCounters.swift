import Operations

/// What one service's loop counts for `/metrics`.
struct RegistryCounters: Sendable {
    let registrations = MetricCounter()
    let heartbeats = MetricCounter()
    let evictions = MetricCounter()
    let commits = MetricCounter()
    let commitFailures = MetricCounter()
}
