import Rehoming
import SessionLink

/// What the clients of a loop call their `reliable` messages: the machine knows only numbers.
struct ReliableSenders {
    private struct Names {
        var byNumber: [UInt64: [UInt8]] = [:]
        /// Those with a last result, oldest first: a replay may ask for it once more.
        var settled: [UInt64] = []
    }

    private var sessions: [SessionID: Names] = [:]
    /// Sessions whose clients can resume.
    private var resumable: Set<SessionID> = []

    /// How a session's client takes part.
    func kind(_ session: SessionID) -> ClientKind { resumable.contains(session) ? .resumable : .plain }

    mutating func note(_ session: SessionID, _ kind: ClientKind) {
        if kind == .resumable { resumable.insert(session) } else { resumable.remove(session) }
    }

    mutating func name(_ id: [UInt8], _ session: SessionID, n: UInt64) {
        sessions[session, default: Names()].byNumber[n] = id
    }

    /// What the client called the message that has this result. After the last one it is known for as long as a gateway may
    /// replay the message.
    mutating func name(of n: UInt64, _ session: SessionID, outcome: SendOutcome) -> [UInt8]? {
        guard let id = sessions[session]?.byNumber[n] else { return nil }
        guard outcome.isLast, sessions[session]?.settled.contains(n) == false else { return id }
        sessions[session]?.settled.append(n)
        if let count = sessions[session]?.settled.count, count > RehomingBounds.standard.messages,
            let oldest = sessions[session]?.settled.removeFirst()
        {
            sessions[session]?.byNumber[oldest] = nil
        }
        return id
    }

    /// The session is over, or at another node.
    mutating func forget(_ session: SessionID) {
        sessions[session] = nil
        resumable.remove(session)
    }
}
