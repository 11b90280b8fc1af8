import ClusterModel
import RedisLink

/// Why a ring was not committed.
public enum CommitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The stored epoch is not lower; take a higher one.
    case stale(stored: Epoch)
    /// Another process leads (`holder#fence` as stored, empty if nobody).
    case notLeader(holder: String)
    /// A later leader has written already.
    case fenced(by: String)
    /// Nobody knows whether it was stored: the answer did not come.
    case unknown(RedisError)
    /// It was not stored.
    case refused(RedisError)

    init(_ error: RedisError) {
        guard case .server(let text) = error else {
            self = error.mayHaveRun ? .unknown(error) : .refused(error)
            return
        }
        let words = text.split(separator: " ", maxSplits: 1)
        let rest = words.count > 1 ? String(words[1]) : ""
        switch words.first {
        case "STALE": self = UInt64(rest).flatMap { Epoch($0) }.map { .stale(stored: $0) } ?? .refused(error)
        case "NOTLEADER": self = .notLeader(holder: rest)
        case "FENCED": self = .fenced(by: rest)
        default: self = .refused(error)
        }
    }

    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .stale(let stored): "a ring of epoch \(stored) is stored already"
        case .notLeader(let holder): holder.isEmpty ? "nobody leads" : "'\(holder)' leads"
        case .fenced(let fence): "a leader with the later fence \(fence) has written"
        case .unknown(let error): "whether the ring was stored is not known: \(error)"
        case .refused(let error): "the ring was not stored: \(error)"
        }
    }
}
