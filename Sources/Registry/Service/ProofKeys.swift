import ClusterModel
import HashRing

/// The proof keys of the runs of nodes that registered here.
struct ProofKeys {
    private struct Entry {
        let incarnation: Incarnation
        let key: ProofKey
    }

    private var entries: [NodeID: Entry] = [:]

    /// The key of exactly this run of the node; `nil` if it registered with another registry, or before this one started.
    subscript(record: NodeRecord) -> ProofKey? {
        get {
            guard let entry = entries[record.id], entry.incarnation == record.incarnation else { return nil }
            return entry.key
        }
        set { entries[record.id] = newValue.map { Entry(incarnation: record.incarnation, key: $0) } }
    }

    /// Forgets what no known node needs.
    mutating func keep(only records: [NodeRecord]) {
        guard entries.count > records.count else { return }
        let known = Set(records.map(\.id))
        entries = entries.filter { known.contains($0.key) }
    }
}
