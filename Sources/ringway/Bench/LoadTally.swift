/// What one loop of a load counted.
struct LoadTally: Sendable {
    /// Messages that arrived, and their latencies.
    var latency = Histogram()
    /// Messages that were sent and never arrived.
    var lost = 0
    /// Everything that went wrong, by what it was.
    var errors: [String: Int] = [:]

    mutating func fail(_ what: String) { errors[what, default: 0] += 1 }

    mutating func add(_ other: LoadTally) {
        latency.add(other.latency)
        lost += other.lost
        errors.merge(other.errors, uniquingKeysWith: +)
    }
}

/// How far a loop's connections are.
struct LoadProgress: Sendable {
    var ready = 0
    var failed = 0
    /// Messages sent whose arrival is awaited.
    var underWay = 0
}
