/// What one session was sent and its client has not acknowledged, in the order of its positions.
///
/// Bounded: past `RehomingBounds.messages` or `bytes` senders are told `busy`. What a gateway brings or a former home gives
/// is kept above the bound, once: it was within the bound there.
struct Outbox {
    /// A kept message.
    struct Item {
        let message: KeptMessage
        /// The entry of the user's log that it is a copy of; 0 if that was settled before.
        var entry: UInt64
        /// Whether a gateway keeps it too, or kept it.
        var isStored: Bool
    }

    private(set) var items: [Item] = []
    private(set) var bytes = 0
    private var firstUnstored = 0

    var isEmpty: Bool { items.isEmpty }
    var last: Position? { items.last?.message.position }

    func isFull(_ bounds: RehomingBounds) -> Bool {
        RehomingRule.outboxBounded.holds && (items.count >= bounds.messages || bytes >= bounds.bytes)
    }

    /// The position must be behind all others.
    mutating func append(_ message: KeptMessage, entry: UInt64) {
        items.append(Item(message: message, entry: entry, isStored: false))
        bytes += message.frame.count
    }

    /// The gateway has all up to here. Returns the entries of which that is news.
    mutating func store(through position: Position) -> [UInt64] {
        var news: [UInt64] = []
        while firstUnstored < items.count, items[firstUnstored].message.position <= position {
            if !items[firstUnstored].isStored {
                items[firstUnstored].isStored = true
                news.append(items[firstUnstored].entry)
            }
            firstUnstored += 1
        }
        return news
    }

    /// The client has all up to here: it is forgotten. Returns the entries of it.
    mutating func receive(through position: Position) -> [UInt64] {
        let count = index(after: position)
        guard count > 0 else { return [] }
        let entries = items[..<count].map(\.entry)
        bytes -= items[..<count].reduce(0) { $0 + $1.message.frame.count }
        items.removeFirst(count)
        firstUnstored = max(0, firstUnstored - count)
        return entries
    }

    /// Takes the message of exactly that position out.
    mutating func remove(_ position: Position) -> Item? {
        let place = index(after: position) - 1
        guard place >= 0, items[place].message.position == position else { return nil }
        if place < firstUnstored { firstUnstored -= 1 }
        bytes -= items[place].message.frame.count
        return items.remove(at: place)
    }

    /// Lets the copy under another position stand for an entry. Returns its position; nil if there is no other copy.
    mutating func rest(_ entry: UInt64, on key: MessageKey) -> Position? {
        guard let place = items.firstIndex(where: { $0.message.key == key }) else { return nil }
        items[place].entry = entry
        return items[place].message.position
    }

    /// What a synced gateway does not hold up to its last position its client has acknowledged. Returns the entries of it.
    mutating func settle(through last: Position, held: [KeptMessage]) -> [UInt64] {
        let positions = Set(held.map(\.position))
        let gone = items.filter { $0.message.position <= last && !positions.contains($0.message.position) }
        for item in gone { _ = remove(item.message.position) }
        return gone.map(\.entry)
    }

    /// Adds what somebody else kept of this session.
    mutating func merge(_ kept: [KeptMessage]) {
        let known = Set(items.map(\.message.position))
        let news = kept.filter { !known.contains($0.position) }
        guard !news.isEmpty else { return }
        items += news.map { Item(message: $0, entry: 0, isStored: true) }
        items.sort { $0.message.position < $1.message.position }
        bytes += news.reduce(0) { $0 + $1.frame.count }
        firstUnstored = items.firstIndex { !$0.isStored } ?? items.count
    }

    /// Forgets what no gateway stored: its senders send it again, to the next owner.
    mutating func dropUnstored() {
        items.removeAll { !$0.isStored }
        firstUnstored = items.count
        bytes = items.reduce(0) { $0 + $1.message.frame.count }
    }

    /// Where the messages behind that position begin.
    func index(after position: Position) -> Int {
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].message.position <= position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
