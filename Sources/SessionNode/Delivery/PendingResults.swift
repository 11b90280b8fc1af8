import Reactor

/// Who waits for the result of a delivery.
enum Waiter: Hashable {
    /// The sender's session, on this loop.
    case session(SessionRef)
    /// A node that handed the message over by a link and waits under its own correlation.
    case link(SocketID, correlation: UInt64)
    /// Another loop of this node, which waits under its own correlation.
    case sibling(Int, correlation: UInt64)
    /// Nobody: a copy for a user whose sessions may still lie elsewhere.
    case nobody
}

/// The questions that were sent to other nodes and loops and are not answered yet.
///
/// Every question ends in exactly one result: the answer, `unknown` once its deadline is over, or `unknown` when the route it
/// went by is lost. A late answer finds nothing. Bounded per route and in all; past the bound `ask` refuses.
struct PendingResults {
    struct Result: Equatable {
        var waiter: Waiter
        /// The sender's own name of the message; empty for a waiter that is no session.
        var id: [UInt8]
        var status: DeliveryStatus
    }

    /// A route that questions go by: a small dense number.
    typealias Route = Int

    private struct Place {
        var waiter = Waiter.nobody
        var id: [UInt8] = []
        var route: Route = -1
        var deadline = MonotonicTime(nanoseconds: 0)
        var generation: UInt32 = 0
        var previous: Int32 = -1
        /// The next question by age, or the next free place.
        var next: Int32 = -1
        var isOpen = false
    }

    /// How long an answer is waited for.
    let patience: Duration
    /// Questions under way at most, per route.
    let boundPerRoute: Int

    private var places: [Place] = []
    private var firstFree: Int32 = -1
    // All wait equally long, so the order of asking is the order of deadlines: a list suffices where one would expect a heap.
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    private var underWay: [Int] = []
    /// Questions without an answer.
    private(set) var count = 0

    init(patience: Duration = .seconds(5), boundPerRoute: Int = 8192) {
        self.patience = patience
        self.boundPerRoute = boundPerRoute
    }

    /// Notes a question. `nil`: too many are under way by that route; nothing was noted.
    /// - Returns: the correlation that the answer must carry.
    mutating func ask(_ waiter: Waiter, id: UnsafeRawBufferPointer, by route: Route, now: MonotonicTime) -> UInt64? {
        while underWay.count <= route { underWay.append(0) }
        guard underWay[route] < boundPerRoute else { return nil }
        underWay[route] += 1
        count += 1
        let index = takePlace()
        places[Int(index)].waiter = waiter
        places[Int(index)].id.append(contentsOf: id)
        places[Int(index)].route = route
        places[Int(index)].deadline = now + patience
        places[Int(index)].previous = newest
        places[Int(index)].next = -1
        places[Int(index)].isOpen = true
        if newest >= 0 { places[Int(newest)].next = index } else { oldest = index }
        newest = index
        return UInt64(places[Int(index)].generation) << 32 | UInt64(UInt32(bitPattern: index))
    }

    /// The answer to a question; `nil` if it ended before or never was.
    mutating func answer(_ correlation: UInt64, _ status: DeliveryStatus) -> Result? {
        let index = Int(UInt32(truncatingIfNeeded: correlation))
        guard index < places.count, places[index].isOpen,
            places[index].generation == UInt32(truncatingIfNeeded: correlation >> 32)
        else { return nil }
        return end(Int32(index), status)
    }

    /// Takes back a question that could not be sent.
    mutating func withdraw(_ correlation: UInt64) {
        _ = answer(correlation, .unknown)
    }

    /// Ends one question whose deadline is over, oldest first; call it until it returns `nil`.
    mutating func expire(now: MonotonicTime) -> Result? {
        guard oldest >= 0, places[Int(oldest)].deadline <= now else { return nil }
        return end(oldest, .unknown)
    }

    /// Ends one question that went by a lost route, oldest first; call it until it returns `nil`.
    mutating func lose(_ route: Route) -> Result? {
        guard underWay.indices.contains(route), underWay[route] > 0 else { return nil }
        var index = oldest
        while index >= 0 {
            if places[Int(index)].route == route { return end(index, .unknown) }
            index = places[Int(index)].next
        }
        return nil
    }

    private mutating func end(_ index: Int32, _ status: DeliveryStatus) -> Result {
        let at = Int(index)
        let (previous, next) = (places[at].previous, places[at].next)
        if previous >= 0 { places[Int(previous)].next = next } else { oldest = next }
        if next >= 0 { places[Int(next)].previous = previous } else { newest = previous }
        underWay[places[at].route] -= 1
        count -= 1
        var id: [UInt8] = []
        swap(&id, &places[at].id)
        places[at].isOpen = false
        places[at].generation &+= 1
        places[at].next = firstFree
        firstFree = index
        return Result(waiter: places[at].waiter, id: id, status: status)
    }

    private mutating func takePlace() -> Int32 {
        if firstFree >= 0 {
            let index = firstFree
            firstFree = places[Int(index)].next
            return index
        }
        places.append(Place())
        return Int32(places.count - 1)
    }
}
