import ClusterModel
import HashRing

/// What gateways suspect, decided: the node is called, and what that call finds counts, not what was said.
extension ServiceMachine {
    /// Takes a suspicion. One about a run that is not, or no longer, on the ring leads to nothing.
    mutating func suspect(_ id: NodeID, _ suspicion: Suspicion, at now: Duration) throws(Refusal) -> [Action] {
        guard let entry = membership.entry(id) else { throw .unknown(id) }
        guard entry.isLive, entry.record.incarnation == suspicion.incarnation else { return [] }
        suspected.suspect(id, at: now)
        return callSuspected(at: now)
    }

    /// The suspected nodes that may be called now.
    mutating func callSuspected(at now: Duration) -> [Action] {
        var records: [NodeRecord] = []
        for id in suspected.due(at: now) {
            if let entry = membership.entry(id), entry.isLive {
                records.append(entry.record)
            } else {
                suspected.found(.gone, at: id, at: now)
            }
        }
        return records.isEmpty ? [] : [.check(records)]
    }

    /// What the call of a suspected node came to. Nobody there: it is down, as if it had said so itself, also while too many
    /// others are silent. No answer: the lease decides.
    mutating func checked(_ record: NodeRecord, _ verdict: ProbeVerdict, at now: Duration) -> [Action] {
        suspected.found(verdict.finding(about: record), at: record.id, at: now)
        guard verdict.finding(about: record) == .gone else { return [] }
        return foundGone(record, at: now)
    }
}

extension ProbeVerdict {
    /// What this says of a node that was heard of a moment ago.
    ///
    /// Stricter than `provesGone`: who hangs up without a word may be a node that is full of links, or a process in the
    /// middle of its end, whose port a moment later is closed.
    func finding(about record: NodeRecord) -> SuspectedNodes.Finding {
        if confirms(record) { return .alive }
        if case .notOurs = self { return .nothing }
        return provesGone(record) ? .gone : .nothing
    }
}
