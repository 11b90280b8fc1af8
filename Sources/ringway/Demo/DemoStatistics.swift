/// What one plan's part of a history says about each event of the schedule.
///
/// A message belongs to the part of the schedule in which it was sent, a connection's end to the one in which it ended.
///
/// A recipient's **stall** in an event: for each message sent to it during the event, the time from the sending to the next
/// arrival at the recipient of this message or of one sent to it later; the longest of these. For a message that arrives that is
/// its latency; for one that is lost it is how long the recipient heard nothing that was due since, up to one sending interval
/// too much. A message that waits in a client which is not connected counts from its sending by the user.
struct DemoStatistics {
    private struct Message {
        let recipient: Int32
        let part: Int32
        let sent: Int64
        /// -1 before the first.
        var arrived: Int64 = -1
        var arrivals: Int32 = 0
        var isAcknowledged = false
        var hasFailed = false
        var isToldUnknown = false
    }

    private struct Offline {
        let recipient: Int
        let part: Int
        let sent: Int64
        let told: Int64
    }

    /// An answer `offline` is not false if the recipient's connection ended at most this long after it: the client hears of the
    /// end later than the node.
    static let closeOnItsWay: Int64 = 100_000

    private(set) var title = DemoTitle()
    private(set) var parts: [DemoPart] = []
    private var current = 0
    private var messages: [[Message]] = []
    private var openSince: [Int64?] = []
    private var closes: [[Int64]] = []
    private var offlines: [Offline] = []
    private var highest: [UInt64: Int] = [:]
    private var last: Int64 = 0

    /// Counts the next event.
    mutating func take(_ event: HistoryEvent) {
        last = event.time
        switch event.kind {
        case .begins(let plan, let delivery, let users, let seed):
            self = DemoStatistics()
            title = DemoTitle(plan: plan, delivery: delivery, users: users, seed: seed)
            messages = Array(repeating: [], count: users)
            openSince = Array(repeating: nil, count: users)
            closes = Array(repeating: [], count: users)
            last = event.time
        case .phase(let name): enter(name, at: event.time)
        case .sent(let user, let number, let recipient):
            guard !parts.isEmpty, messages.indices.contains(user), messages[user].count == number else { return }
            messages[user].append(Message(recipient: Int32(recipient), part: Int32(current), sent: event.time))
            parts[current].sent += 1
        case .told(let user, let number, let outcome): told(user, number, outcome, at: event.time)
        case .got(let user, let sender, let number, _): got(number, of: sender, at: user, event.time)
        case .opened(let user, _): if openSince.indices.contains(user) { openSince[user] = event.time }
        case .closed(let user, _, _): closed(user, at: event.time)
        case .misplaced(let count):
            guard !parts.isEmpty else { return }
            parts[current].misplaced = count.map { .known($0) } ?? .unknown
        case .late(let milliseconds):
            if !parts.isEmpty { parts[current].late = max(parts[current].late, milliseconds) }
        }
    }

    private mutating func enter(_ name: String, at time: Int64) {
        // What lies between events is one part: it is there to compare with.
        let shown = name == "quiet" || name == "repair" ? "between" : name
        if let index = parts.firstIndex(where: { $0.name == shown }) {
            current = index
        } else {
            parts.append(DemoPart(name: shown, begins: time))
            current = parts.count - 1
        }
    }

    private mutating func told(_ user: Int, _ number: Int, _ outcome: HistoryEvent.Outcome, at time: Int64) {
        guard isKnown(user, number) else { return }
        if outcome.isAcknowledged { messages[user][number].isAcknowledged = true }
        if outcome.isFailure { messages[user][number].hasFailed = true }
        if outcome == .unknown { messages[user][number].isToldUnknown = true }
        guard outcome == .offline else { return }
        let message = messages[user][number]
        let recipient = Int(message.recipient)
        guard openSince.indices.contains(recipient) else { return }
        let isOpen = openSince[recipient].map { $0 < message.sent } ?? false
        // A reliable client's session lives on while it is not connected.
        if isOpen || title.delivery == "reliable" {
            offlines.append(
                Offline(recipient: recipient, part: Int(message.part), sent: message.sent, told: time))
        }
    }

    private mutating func got(_ number: Int, of sender: Int, at user: Int, _ time: Int64) {
        guard isKnown(sender, number), messages[sender][number].recipient == user else { return }
        let part = Int(messages[sender][number].part)
        messages[sender][number].arrivals += 1
        guard messages[sender][number].arrivals == 1 else {
            parts[part].duplicated += 1
            return
        }
        messages[sender][number].arrived = time
        let pair = UInt64(user) << 32 | UInt64(sender)
        if let before = highest[pair], before > number { parts[part].disordered += 1 } else { highest[pair] = number }
    }

    private mutating func closed(_ user: Int, at time: Int64) {
        guard !parts.isEmpty, openSince.indices.contains(user) else { return }
        parts[current].disconnects += 1
        openSince[user] = nil
        closes[user].append(time)
    }

    private func isKnown(_ user: Int, _ number: Int) -> Bool {
        messages.indices.contains(user) && messages[user].indices.contains(number)
    }

    /// The parts in the order of the schedule, with all that only the whole history can tell.
    func result() -> [DemoPart] {
        var parts = parts
        for message in messages.joined() {
            let part = Int(message.part)
            if message.isAcknowledged && message.arrivals == 0 { parts[part].lost += 1 }
            if message.hasFailed { parts[part].failed += 1 }
            if message.isToldUnknown { parts[part].unknown += 1 }
            if message.isToldUnknown && message.arrivals > 0 { parts[part].unknownArrived += 1 }
        }
        for offline in offlines {
            let end = offline.told + Self.closeOnItsWay
            let wasCut = closes[offline.recipient].contains { $0 >= offline.sent && $0 <= end }
            if !wasCut || title.delivery == "reliable" { parts[offline.part].falselyOffline += 1 }
        }
        for (part, stalls) in stalls(parts.count).enumerated() { parts[part].stall = stalls }
        return parts
    }

    /// The recipients' stalls, by part.
    private func stalls(_ count: Int) -> [Histogram] {
        var byRecipient: [[Message]] = Array(repeating: [], count: messages.count)
        for message in messages.joined() where byRecipient.indices.contains(Int(message.recipient)) {
            byRecipient[Int(message.recipient)].append(message)
        }
        var histograms = Array(repeating: Histogram(), count: count)
        for var expected in byRecipient {
            expected.sort { $0.sent < $1.sent }
            var longest = Array(repeating: Int64(-1), count: count)
            var next = last
            for message in expected.reversed() {
                if message.arrived >= 0 { next = min(next, message.arrived) }
                let part = Int(message.part)
                longest[part] = max(longest[part], next - message.sent)
            }
            for (part, stall) in longest.enumerated() where stall >= 0 { histograms[part].add(stall * 1000) }
        }
        return histograms
    }
}

/// What a plan's part of a history is about.
struct DemoTitle: Hashable, Sendable {
    var plan = ""
    var delivery = ""
    var users = 0
    var seed: UInt64 = 0
}

/// What happened during one event.
struct DemoPart {
    enum Misplaced: Hashable {
        case known(Int)
        case unknown
    }

    let name: String
    /// Microseconds since the demo began.
    let begins: Int64
    var sent = 0
    var disconnects = 0
    /// Acknowledged, and never arrived.
    var lost = 0
    var duplicated = 0
    var disordered = 0
    /// Answers `offline` about somebody who was there.
    var falselyOffline = 0
    var failed = 0
    var unknown = 0
    /// Of those, the messages that arrived.
    var unknownArrived = 0
    var misplaced = Misplaced.unknown
    /// The longest time that the clients' own program stood still, in milliseconds; below 50 it is 0.
    var late = 0
    /// One value for each recipient, in nanoseconds.
    var stall = Histogram()

    init(name: String, begins: Int64) {
        self.name = name
        self.begins = begins
    }
}
