import SessionLink

/// A message for a user, from its arrival to its last answer.
struct LogEntry {
    /// What one of the user's sessions has of it.
    struct Place {
        let session: SessionID
        var position: Position
        var isStored = false
        var isReceived = false
    }

    let number: UInt64
    let key: MessageKey
    let from: [UInt8]
    /// Empty once accepted: from then on the copies are in the outboxes.
    var payload: [UInt8]
    var origins: [Origin]
    var places: [Place] = []
    var isAccepted = false
    /// Whether any session was sent it, one that is gone too.
    var wasPresented = false
    /// Whether any client has it.
    var wasReceived = false
    /// Since when `offline` waits for the ring to be read once more.
    var doubtedSince: Duration?

    func place(of session: SessionID) -> Int? { places.firstIndex { $0.session == session } }

    /// Another path presents it (P2: none is forgotten). Of one link only the latest presentation counts.
    mutating func join(_ origin: Origin) {
        if !RehomingRule.acknowledgeEveryPath.holds { origins = [] }
        origins.removeAll { $0.link == origin.link }
        origins.append(origin)
    }
}

/// A user's messages that are not settled, in the order of their arrival. Bounded: see `isFull`.
struct RecipientLog {
    private(set) var entries: [LogEntry] = []
    private var numbers: [MessageKey: UInt64] = [:]
    private var lastNumber: UInt64 = 0
    private var waiting = 0
    private var bytes = 0

    var isEmpty: Bool { entries.isEmpty }

    /// Whether senders are to be told `busy`. Accepted messages don't count here, since they count in the outboxes.
    func isFull(_ bounds: RehomingBounds) -> Bool { waiting >= bounds.messages || bytes >= bounds.bytes }

    subscript(index: Int) -> LogEntry {
        get { entries[index] }
        _modify { yield &entries[index] }
    }

    mutating func append(_ forward: Forwarded, from origin: Origin) -> Int {
        lastNumber += 1
        numbers[forward.key] = lastNumber
        waiting += 1
        bytes += forward.payload.count
        entries.append(
            LogEntry(
                number: lastNumber, key: forward.key, from: forward.from, payload: forward.payload, origins: [origin]))
        return entries.count - 1
    }

    func index(of key: MessageKey) -> Int? { numbers[key].flatMap { index(of: $0) } }

    func index(of number: UInt64) -> Int? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < entries.count && entries[low].number == number ? low : nil
    }

    mutating func accept(_ index: Int) {
        waiting -= 1
        bytes -= entries[index].payload.count
        entries[index].isAccepted = true
        entries[index].payload = []
    }

    mutating func remove(_ index: Int) {
        if !entries[index].isAccepted {
            waiting -= 1
            bytes -= entries[index].payload.count
        }
        numbers[entries[index].key] = nil
        entries.remove(at: index)
    }

    /// A link is no more: nobody waits there. What nobody waits for and nobody was sent is forgotten: its sender sends it
    /// again, by the way that is right then.
    mutating func drop(_ link: NodeMachine.Link) {
        for index in entries.indices.reversed() {
            entries[index].origins.removeAll { $0.link == link }
            if entries[index].origins.isEmpty, !entries[index].wasPresented { remove(index) }
        }
    }
}
