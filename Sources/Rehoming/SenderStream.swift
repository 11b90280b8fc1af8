import SessionLink

/// What a node's sessions sent to one user and what is not settled, in order.
struct SenderStream {
    /// A message.
    struct Item {
        let key: MessageKey
        let from: [UInt8]
        var payload: [UInt8]
        /// The client's messages that asked for it; settled with the outcome.
        var tickets: [UInt64]
        /// Whether it may have been presented before.
        var isAgain: Bool
        /// Its name on the present path; 0 while it is not sent.
        var correlation: UInt64 = 0
        /// The owner that has it.
        var home: Home?
        /// When it is given up.
        var deadline: Duration
    }

    /// Why nothing is sent.
    enum State {
        /// It is: to that owner.
        case flowing(Home)
        /// A ring is awaited, or a better time. Whichever comes first.
        case waiting(ring: UInt64, until: Duration)
    }

    let to: [UInt8]
    var items: [Item] = []
    /// Those that wait for their last answer only.
    var accepted: [Item] = []
    /// The epoch by which it was begun last: all of it goes under this one, what is new too. Else what is new would pass an
    /// owner that refuses what is older (P14).
    var epoch: UInt64 = 0
    var state = State.waiting(ring: 0, until: .zero)
    var bytes = 0
    var failures = 0
    /// The earliest time for which the machine was asked to come back.
    var armed: Duration?

    init(to: [UInt8]) {
        self.to = to
    }

    var isEmpty: Bool { items.isEmpty && accepted.isEmpty }

    var target: Home? {
        if case .flowing(let home) = state { home } else { nil }
    }

    /// When time matters next.
    var deadline: Duration? {
        var first = items.first?.deadline
        if let time = accepted.first?.deadline { first = first.map { min($0, time) } ?? time }
        if case .waiting(_, let time) = state, !items.isEmpty { first = first.map { min($0, time) } ?? time }
        return first
    }

    /// Whether nothing of it but the newest message is under way: then it may begin under the epoch in force.
    var isFresh: Bool {
        switch state {
        case .waiting(_, let until): until == .zero
        case .flowing: items.count == 1
        }
    }

    func hasRoom(messages: Int, bytes limit: Int) -> Bool { items.count < messages && bytes < limit }

    /// Gives a message the name that it has on the present path, and the form in which it goes.
    mutating func present(_ index: Int, to owner: Home, correlation: UInt64) -> Forwarded {
        items[index].correlation = correlation
        items[index].home = owner
        let item = items[index]
        return Forwarded(
            correlation: correlation, epoch: epoch, key: item.key, isAgain: item.isAgain, from: item.from, to: to,
            payload: item.payload)
    }

    /// Stops: the path is not the right one any more. From `refused` on nothing of it was presented, unless said otherwise.
    mutating func stop(refused index: Int? = nil, wasPresented: Bool = true, ring: UInt64, until: Duration) -> [UInt64]
    {
        var ended: [UInt64] = []
        for place in items.indices where items[place].correlation != 0 {
            ended.append(items[place].correlation)
            items[place].correlation = 0
            if place < (index ?? items.count) || wasPresented { items[place].isAgain = true }
        }
        state = .waiting(ring: ring, until: until)
        return ended
    }

    /// The pause before the next try: doubles with each failure in a row.
    mutating func pause(_ bounds: RehomingBounds) -> Duration {
        defer { failures += 1 }
        return min(bounds.retry.lowerBound * (1 << min(failures, 10)), bounds.retry.upperBound)
    }
}
