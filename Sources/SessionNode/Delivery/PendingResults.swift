import Reactor

/// Who waits for the result of a delivery.
enum Waiter: Hashable {
    /// The sender's session, on this loop.
    ///
    /// `upstream`: the number of the client's message that asked for it, where the session can move; it is dealt with then.
    case session(SessionRef, upstream: UInt64 = 0)
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
        var byteCount = 0
        /// Answers that are still to come; more than one if several nodes were asked.
        var awaited = 0
        /// The best answer so far, of several.
        var best = DeliveryStatus.offline
        var deadline = MonotonicTime(nanoseconds: 0)
        var generation: UInt32 = 0
        var previous: Int32 = -1
        /// The next question by age, or the next free place.
        var next: Int32 = -1
        var isOpen = false
        /// The how manieth question it is.
        var number: UInt64 = 0
    }

    /// How long an answer is waited for.
    let patience: Duration
    /// Questions under way at most, per route.
    let boundPerRoute: Int
    /// Bytes of questions under way at most, per route; one question alone may be larger.
    let byteBoundPerRoute: Int

    private var places: [Place] = []
    private var firstFree: Int32 = -1
    // All wait equally long, so the order of asking is the order of deadlines: a list suffices where one would expect a heap.
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    private var underWay: [(count: Int, bytes: Int)] = []
    /// Questions without an answer.
    private(set) var count = 0
    /// Questions that were ever asked.
    private(set) var asked: UInt64 = 0

    /// Whether one of the first `number` questions is still without an answer. O(1).
    func hasOlder(than number: UInt64) -> Bool { oldest >= 0 && places[Int(oldest)].number <= number }

    /// How long an answer is waited for, by default.
    static let standardPatience = Duration.seconds(5)

    init(patience: Duration = standardPatience, boundPerRoute: Int = 8192, byteBoundPerRoute: Int = 16 << 20) {
        self.patience = patience
        self.boundPerRoute = boundPerRoute
        self.byteBoundPerRoute = byteBoundPerRoute
    }

    /// Notes a question. `nil`: too much is under way by that route; nothing was noted.
    ///
    /// - Parameters:
    ///   - route: what must be lost for the question to be lost with it.
    ///   - addressees: how many are asked; the question ends with the first `delivered`, or with the last answer.
    /// - Returns: the correlation that the answers must carry.
    mutating func ask(
        _ waiter: Waiter, id: UnsafeRawBufferPointer, byteCount: Int, by route: Route, addressees: Int = 1,
        now: MonotonicTime
    ) -> UInt64? {
        while underWay.count <= route { underWay.append((0, 0)) }
        guard underWay[route].count < boundPerRoute,
            underWay[route].count == 0 || underWay[route].bytes + byteCount <= byteBoundPerRoute
        else { return nil }
        underWay[route].count += 1
        underWay[route].bytes += byteCount
        count += 1
        let index = takePlace()
        places[Int(index)].waiter = waiter
        places[Int(index)].id.append(contentsOf: id)
        places[Int(index)].route = route
        places[Int(index)].byteCount = byteCount
        places[Int(index)].awaited = addressees
        places[Int(index)].best = .offline
        places[Int(index)].deadline = now + patience
        places[Int(index)].previous = newest
        places[Int(index)].next = -1
        places[Int(index)].isOpen = true
        asked += 1
        places[Int(index)].number = asked
        if newest >= 0 { places[Int(newest)].next = index } else { oldest = index }
        newest = index
        return UInt64(places[Int(index)].generation) << 32 | UInt64(UInt32(bitPattern: index))
    }

    /// An answer to a question; `nil` if it ended before or never was, or if others are still to answer.
    mutating func answer(_ correlation: UInt64, _ status: DeliveryStatus) -> Result? {
        let index = Int(UInt32(truncatingIfNeeded: correlation))
        guard index < places.count, places[index].isOpen,
            places[index].generation == UInt32(truncatingIfNeeded: correlation >> 32)
        else { return nil }
        places[index].awaited -= 1
        if status != .offline { places[index].best = status }
        guard status == .delivered || places[index].awaited <= 0 else { return nil }
        return end(Int32(index), places[index].best)
    }

    /// Takes back a question that could not be sent to any of its addressees.
    mutating func withdraw(_ correlation: UInt64, addressees: Int) {
        for _ in 0..<addressees { _ = answer(correlation, .offline) }
    }

    /// Ends one question whose deadline is over, oldest first; call it until it returns `nil`.
    mutating func expire(now: MonotonicTime) -> Result? {
        guard oldest >= 0, places[Int(oldest)].deadline <= now else { return nil }
        return end(oldest, .unknown)
    }

    /// Ends all questions that went by a lost route, oldest first. O(questions).
    mutating func lose(_ route: Route, as status: DeliveryStatus = .unknown) -> [Result] {
        guard underWay.indices.contains(route), underWay[route].count > 0 else { return [] }
        var lost: [Result] = []
        var index = oldest
        while index >= 0 {
            let next = places[Int(index)].next
            if places[Int(index)].route == route { lost.append(end(index, status)) }
            index = next
        }
        return lost
    }

    private mutating func end(_ index: Int32, _ status: DeliveryStatus) -> Result {
        let at = Int(index)
        let (previous, next) = (places[at].previous, places[at].next)
        if previous >= 0 { places[Int(previous)].next = next } else { oldest = next }
        if next >= 0 { places[Int(next)].previous = previous } else { newest = previous }
        underWay[places[at].route].count -= 1
        underWay[places[at].route].bytes -= places[at].byteCount
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
