/// What a session's client was told of its latest reliable messages: a result that was lost with a leg is said again when the
/// message is replayed, or when the session has a leg again.
///
/// Bounded to the gateway's window: what it may replay is among the latest.
struct ResultMemory {
    /// A result.
    struct Result {
        let n: UInt64
        let outcome: SendOutcome
    }

    private var settled: [(ticket: UInt64, result: Result)] = []
    private(set) var missed: [Result] = []

    /// A message was settled with that result, or has a further one.
    mutating func note(_ result: Result, tickets: [UInt64], isMissed: Bool, limit: Int) {
        for index in settled.indices where settled[index].result.n == result.n { settled[index].result = result }
        for ticket in tickets { settled.append((ticket, result)) }
        if settled.count > limit { settled.removeFirst(settled.count - limit) }
        guard isMissed else { return }
        missed.append(result)
        if missed.count > limit { missed.removeFirst() }
    }

    func result(of ticket: UInt64) -> Result? { settled.last { $0.ticket == ticket }?.result }

    mutating func takeMissed() -> [Result] {
        defer { missed = [] }
        return missed
    }
}
