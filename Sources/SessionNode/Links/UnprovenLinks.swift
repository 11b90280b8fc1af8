import Reactor

/// The links of one loop that were accepted and have not proven yet whose they are, the oldest first.
///
/// Whoever reaches the port can open as many as it likes, so they are bounded: the oldest makes room for the newest. A
/// process of ours proves itself within milliseconds; only somebody who does nothing is ever the oldest.
struct UnprovenLinks {
    /// On all loops of a node together.
    static let bound = 256

    /// The bound of one loop of `loops`.
    let bound: Int
    private var queue: [SocketID] = []
    private var members: Set<SocketID> = []
    private var first = 0

    init(loops: Int) {
        bound = max(16, Self.bound / max(1, loops))
    }

    /// How many there are.
    var count: Int { members.count }
    /// How many places are kept for them and for those who have gone; at most four times `bound`.
    var kept: Int { queue.count }

    /// Takes a new one; answers the one that has to go for it.
    mutating func add(_ socket: SocketID) -> SocketID? {
        members.insert(socket)
        queue.append(socket)
        guard members.count > bound else { return nil }
        defer { sweep() }
        while first < queue.count {
            let oldest = queue[first]
            first += 1
            if members.remove(oldest) != nil { return oldest }
        }
        return nil
    }

    /// It has proven itself, or is gone.
    mutating func remove(_ socket: SocketID) {
        guard members.remove(socket) != nil else { return }
        if members.isEmpty { (queue, first) = ([], 0) }
        sweep()
    }

    /// Forgets those who have gone, once they are most of the queue. After each of the ways to go: those who are made to go are
    /// no members any more when their sockets end.
    private mutating func sweep() {
        guard queue.count > 4 * bound else { return }
        queue = queue[first...].filter(members.contains)
        first = 0
    }
}
