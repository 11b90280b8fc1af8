import Reactor

/// Messages of the class `fast` for users whose sessions are on their way to this node: they wait for the session, not long.
struct ParkedMessages {
    /// How long one waits; longer than a session needs that moves, or whose owner died.
    static let patience = Duration.seconds(5)
    /// Messages, and bytes of their payloads, that wait at most per loop; more are refused as busy.
    static let bound = 20_000
    static let byteBound = 16 << 20

    /// A message, copied from where it came.
    struct Entry {
        let from: [UInt8]
        let payload: [UInt8]
        let waiter: Waiter
        let id: [UInt8]
        let deadline: MonotonicTime
        /// What the sender hears when the time is over.
        let otherwise: DeliveryStatus
    }

    private var byUser: [[UInt8]: [Entry]] = [:]
    /// Whose messages wait, oldest first; a user may stand here without any.
    private var order: [(user: [UInt8], deadline: MonotonicTime)] = []
    private(set) var count = 0
    private(set) var byteCount = 0

    /// Whether something waits for that user.
    func waits(for user: UnsafeRawBufferPointer) -> Bool { count > 0 && byUser[Array(user)] != nil }

    /// Keeps a message; false if too much waits.
    mutating func park(_ entry: Entry, for user: [UInt8]) -> Bool {
        guard count < Self.bound, byteCount + entry.payload.count <= Self.byteBound else { return false }
        count += 1
        byteCount += entry.payload.count
        byUser[user, default: []].append(entry)
        order.append((user, entry.deadline))
        return true
    }

    /// Who is waited for, in the order in which their first messages came.
    var users: [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return order.map(\.user).filter { byUser[$0] != nil && seen.insert($0).inserted }
    }

    /// Takes out all that waits for a user, in the order in which it came.
    mutating func take(_ user: [UInt8]) -> [Entry] {
        guard count > 0, let entries = byUser.removeValue(forKey: user) else { return [] }
        forget(entries)
        return entries
    }

    /// Takes out what has waited for too long.
    mutating func expire(now: MonotonicTime) -> [Entry] {
        var late: [Entry] = []
        var passed = 0
        while passed < order.count, order[passed].deadline <= now {
            let user = order[passed].user
            passed += 1
            guard var entries = byUser[user] else { continue }
            let index = entries.firstIndex { $0.deadline > now } ?? entries.count
            late += entries[..<index]
            entries.removeFirst(index)
            byUser[user] = entries.isEmpty ? nil : entries
        }
        order.removeFirst(passed)
        forget(late)
        return late
    }

    private mutating func forget(_ entries: [Entry]) {
        count -= entries.count
        byteCount -= entries.reduce(0) { $0 + $1.payload.count }
    }
}
