/// How many lines of one kind may be written: the first ten of each second; the rest is counted and told with the next one.
///
/// A kind is a logger and a message; what differs from line to line stands in the metadata. So whoever can make a process
/// log (a peer that breaks rules a thousand times a second) can make it log ten lines, and hides nobody else's.
struct LineLimit {
    /// Lines of a kind in a second.
    static let perSecond = 10
    /// Kinds that are told apart; beyond them all others count as one. Messages are written in the program, so there are
    /// some dozens, unless somebody puts what differs into the message.
    static let mostKinds = 512

    private struct Kind {
        var second: Int64
        var lines: Int
        var suppressed: UInt64
    }

    enum Verdict: Equatable {
        /// Write it, and say how many of its kind were not written before it.
        case write(suppressed: UInt64)
        case suppress
    }

    private var kinds: [String: Kind] = [:]

    /// Decides about a line of a kind at a time in whole seconds of any clock.
    mutating func decide(_ kind: String, at second: Int64) -> Verdict {
        let key = kinds[kind] != nil || kinds.count < Self.mostKinds ? kind : ""
        var now = kinds[key] ?? Kind(second: second, lines: 0, suppressed: 0)
        defer { kinds[key] = now }
        if now.second != second {
            now.second = second
            now.lines = 0
        }
        guard now.lines < Self.perSecond else {
            now.suppressed += 1
            return .suppress
        }
        now.lines += 1
        defer { now.suppressed = 0 }
        return .write(suppressed: now.suppressed)
    }
}
