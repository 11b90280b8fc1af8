/// Who wants to be woken when, the earliest first. Nothing is taken back: who is woken too early says so again.
struct DeadlineHeap {
    /// Who.
    enum Sleeper: Hashable {
        /// The user in that slot.
        case user(Int)
        /// The stream in that slot.
        case stream(Int)
        /// The periods of grace.
        case grace
    }

    private var heap: [(at: Duration, who: Sleeper)] = []

    /// The earliest time; nil if nobody waits.
    var first: Duration? { heap.first?.at }

    mutating func insert(_ who: Sleeper, at time: Duration) {
        heap.append((time, who))
        var child = heap.count - 1
        while child > 0, heap[child].at < heap[(child - 1) / 2].at {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// The next one that is due; nil if none is.
    mutating func next(due now: Duration) -> Sleeper? {
        guard let top = heap.first, top.at <= now, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return top.who }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].at < heap[least].at {
                least = child
            }
            if least == parent { return top.who }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
