/// Which number was the last of each sender, so that a message that comes twice is known. Bounded: forgets the sender that was
/// silent longest.
struct SenderMemory {
    private let limit: Int
    private var marks: [String: (n: UInt64, use: UInt64)] = [:]
    private var uses: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { marks.count }

    /// Whether it is new, and then it is remembered. A sender's messages come in order, so an older number is a duplicate.
    mutating func isNew(_ key: ReceivedMessage.Key) -> Bool {
        if let mark = marks[key.sender], mark.n >= key.n { return false }
        uses += 1
        marks[key.sender] = (key.n, uses)
        if marks.count > limit { forget() }
        return true
    }

    /// Forgets an eighth at a time: finding the oldest looks at all of them.
    private mutating func forget() {
        let oldest = marks.map { (use: $0.value.use, sender: $0.key) }.sorted { $0.use < $1.use }
        for entry in oldest.prefix(max(1, limit / 8)) { marks[entry.sender] = nil }
    }
}
