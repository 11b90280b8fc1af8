import Reactor
import SessionLink

/// Attaches that wait for a newer ring, at most a second each.
struct ParkedAttaches {
    /// How many may wait per loop; more are refused at once.
    static let bound = 10_000
    /// How long one waits.
    static let patience = Duration.seconds(1)

    struct Entry {
        let link: SocketID
        let leg: LegID
        let session: SessionID
        let epoch: UInt64
        let user: [UInt8]
        let deadline: MonotonicTime
    }

    private(set) var entries: [Entry] = []

    /// Keeps an attach; false if too many wait.
    mutating func park(_ entry: Entry) -> Bool {
        guard entries.count < Self.bound else { return false }
        entries.append(entry)
        return true
    }

    /// Takes out everything, to be decided again.
    mutating func takeAll() -> [Entry] {
        defer { entries = [] }
        return entries
    }

    /// Forgets a leg; false if it does not wait.
    mutating func remove(link: SocketID, leg: LegID) -> Bool {
        guard let index = entries.firstIndex(where: { $0.link == link && $0.leg == leg }) else { return false }
        entries.remove(at: index)
        return true
    }

    /// Forgets all legs of a link.
    mutating func remove(link: SocketID) {
        entries.removeAll { $0.link == link }
    }

    /// Whether the leg waits.
    func contains(link: SocketID, leg: LegID) -> Bool {
        entries.contains { $0.link == link && $0.leg == leg }
    }
}
