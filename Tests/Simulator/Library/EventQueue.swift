/// What happens next in virtual time: the earliest first, and of equals the one that was asked for first.
struct EventQueue {
    struct Event {
        let at: Int64
        let order: UInt64
        let action: () -> Void
    }

    private var heap: [Event] = []
    private var asked: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }

    mutating func add(at time: Int64, _ action: @escaping () -> Void) {
        asked += 1
        heap.append(Event(at: time, order: asked, action: action))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next(until end: Int64) -> Event? {
        guard let first = heap.first, first.at <= end else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == parent { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        heap[left].at == heap[right].at ? heap[left].order < heap[right].order : heap[left].at < heap[right].at
    }
}
