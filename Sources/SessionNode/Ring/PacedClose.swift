import ClusterModel
import Reactor

/// Sessions that are to be closed one after the other, in random order, spread over a time.
///
/// Random, since neighbours in the table came together and would come back together.
struct PacedClose {
    /// A session, and the code it is closed with.
    struct Entry: Equatable {
        let session: SessionRef
        let code: CloseCode
    }

    /// The `retry` hint is a random one in here: clients that are closed in the same moment do not come back in the same.
    static let retryMilliseconds = 100...1000 as ClosedRange<UInt64>

    private var entries: [Entry]
    private var pace: Pace
    private let start: MonotonicTime

    /// Spreads the entries over `time` from `now` on.
    init(_ entries: [Entry], over time: Duration, now: MonotonicTime, random: inout some RandomNumberGenerator) {
        self.entries = entries.shuffled(using: &random)
        pace = Pace(count: entries.count, over: time, from: .zero)
        start = now
    }

    /// How many are still to be closed.
    var left: Int { entries.count }

    /// Those whose turn has come.
    mutating func next(now: MonotonicTime) -> [Entry] {
        let count = min(pace.next(at: now - start), entries.count)
        defer { entries.removeLast(count) }
        return Array(entries.suffix(count))
    }

    /// How long until the next one's turn; `nil` if none is left.
    func pause(now: MonotonicTime) -> Duration? {
        pace.nextTime.map { max(.zero, start + $0 - now) }
    }
}
