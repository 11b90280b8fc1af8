import Reactor

/// The connections of one loop that have not sent a whole request, in the order in which their time began.
///
/// Slow heads are cheap to send, so there may be a thousand of them at any time; good clients finish theirs at once. Whoever
/// waits longest is therefore the one to go when there are too many. Nothing is kept per client: an entry whose client
/// has moved on is stale, is recognised by the deadline it carries, and is swept out when the list has grown.
struct UnfinishedHandshakes {
    struct Entry: Equatable {
        let client: ClientID
        /// The client's head deadline at the time: another one means another request.
        let deadline: Int64
        /// When it began, in nanoseconds.
        let since: Int64
    }

    /// Nobody is dropped before this: a whole request may lie unread in the kernel's buffer.
    static let grace: Int64 = 100_000_000

    private let bound: Int
    private var entries: [Entry] = []
    /// The list is looked through when it has grown to this.
    private var nextLook: Int

    init(bound: Int) {
        self.bound = bound
        nextLook = bound
    }

    /// How many entries there are, stale ones included.
    var count: Int { entries.count }

    /// Notes that a client's time for a request begins. Requests that came in one packet begin at once, and count as one.
    mutating func begin(_ entry: Entry) {
        if let last = entries.last, last.client == entry.client, last.deadline == entry.deadline { return }
        entries.append(entry)
    }

    /// Whether `tooMany` might find somebody.
    var mayBeTooMany: Bool { entries.count > nextLook }

    /// Those who have to go, oldest first. Amortised O(1) per connection: the next look comes after the list has grown by
    /// an eighth of the bound.
    mutating func tooMany(at now: Int64, isUnfinished: (Entry) -> Bool) -> [Entry] {
        entries.removeAll { !isUnfinished($0) }
        let old = entries.prefix(max(0, entries.count - bound)).prefix { now - $0.since >= Self.grace }
        let going = Array(old)
        entries.removeFirst(going.count)
        nextLook = max(bound, entries.count) + bound / 8
        return going
    }

    /// Whether there are more than there should be, too young to go; look again after `grace`.
    var isOver: Bool { entries.count > bound }
}
