import SessionLink

/// The highest number that a session got of each sender: what is not above it was here before.
///
/// Bounded. When it is full, senders that were silent for long enough are forgotten (nobody presents a message of theirs any
/// more); if there are none, a new sender is declined, which is better than a message twice.
public struct SenderMarks: Sendable {
    /// What to do with a message.
    public enum Verdict: Hashable, Sendable {
        /// It is new, and remembered now.
        case fresh
        /// It, or a later one of its sender, was here.
        case duplicate
        /// There is no room to remember its sender.
        case declined
    }

    private struct Mark {
        var n: UInt64
        /// Milliseconds, rounded down.
        var seen: Int64
    }

    /// Below this many nobody is forgotten.
    private static let few = 64

    private var marks: [SessionID: Mark] = [:]
    /// At so many the old ones are looked for: doubles, so that a message costs no scan.
    private var scanAt = few
    /// When full: before this there is nobody to forget.
    private var nextScan: Int64 = .min

    /// No sender yet.
    public init() {}

    /// How many senders are remembered.
    public var count: Int { marks.count }

    /// Judges a message; `most` senders are remembered, each for `age` after its last message at least.
    public mutating func admit(_ key: MessageKey, now: Duration, most: Int, age: Duration) -> Verdict {
        let now = Self.milliseconds(now)
        if let mark = marks[key.sender] {
            guard key.n > mark.n else { return .duplicate }
            marks[key.sender] = Mark(n: key.n, seen: now)
            return .fresh
        }
        if marks.count >= min(scanAt, most) {
            forget(now: now, age: Self.milliseconds(age))
            scanAt = max(Self.few, marks.count * 2)
        }
        if marks.count >= most, !RehomingRule.youngMarksStay.holds { marks = [:] }
        guard marks.count < most else { return .declined }
        marks[key.sender] = Mark(n: key.n, seen: now)
        return .fresh
    }

    private mutating func forget(now: Int64, age: Int64) {
        guard now >= nextScan, RehomingRule.oldMarksGo.holds else { return }
        marks = marks.filter { now - $0.value.seen <= age }
        nextScan = (marks.values.map(\.seen).min() ?? now) + age + 1
    }

    private static func milliseconds(_ time: Duration) -> Int64 {
        time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000
    }
}
