/// Says whether the promise of a delivery class was kept, from the history alone: it knows nothing of the cluster, of the clients
/// or of the tables. One plan's part of a history at a time.
///
/// The promise is that of docs/reference/client-protocol.md. `reliable`: acknowledged ⇒ delivered exactly once and in the
/// sender's order. `fast`: at most once, in order while nothing fails. Both: failed ⇒ never delivered, every send has an
/// outcome, and what arrives is what was sent.
struct DemoChecker {
    /// What can be wrong with a message.
    enum Fault: String, CaseIterable, Hashable, Sendable {
        case lost = "acknowledged and never delivered"
        case twice = "delivered more than once"
        case disordered = "delivered behind a later message of its sender"
        case disorderedInQuiet = "delivered behind a later message of its sender while nothing failed"
        case failedYetDelivered = "reported as failed and delivered"
        case silent = "without an outcome"
        case strange = "arrived, but was never sent like this"
        case unreadable = "lines of the history that are no events"
    }

    private struct Message {
        let recipient: Int
        let time: Int64
        let isQuiet: Bool
        var isAcknowledged = false
        var hasFailed = false
        var isToldUnknown = false
        var arrivals = 0
        var isLate = false
        /// Whether the message it came behind was sent in quiet, too.
        var isLateInQuiet = false
    }

    /// The most examples of one fault that are kept.
    private static let examplesKept = 3

    private var delivery = ""
    private var isQuiet = false
    private var messages: [[Message]] = []
    /// By recipient and sender: the highest number that arrived.
    private var highest: [Pair: Int] = [:]
    private var faults: [Fault: Int] = [:]
    private var examples: [Fault: [String]] = [:]

    private struct Pair: Hashable {
        let recipient: Int
        let sender: Int
    }

    /// Judges the next event.
    mutating func take(_ event: HistoryEvent) {
        switch event.kind {
        case .begins(_, let delivery, let users, _):
            self = DemoChecker()
            self.delivery = delivery
            messages = Array(repeating: [], count: users)
        case .phase(let name): isQuiet = name == "quiet"
        case .sent(let user, let number, let recipient):
            guard messages.indices.contains(user), messages.indices.contains(recipient),
                messages[user].count == number
            else { return add(.strange, "user \(user)'s message \(number) is not the next one it sends") }
            messages[user].append(Message(recipient: recipient, time: event.time, isQuiet: isQuiet))
        case .told(let user, let number, let outcome):
            guard isKnown(user, number) else {
                return add(.strange, "user \(user) was told of message \(number), which it did not send")
            }
            if outcome.isAcknowledged { messages[user][number].isAcknowledged = true }
            if outcome.isFailure { messages[user][number].hasFailed = true }
            if outcome == .unknown { messages[user][number].isToldUnknown = true }
        case .got(let user, let sender, let number, let written):
            got(number, of: sender, at: user, written)
        case .opened, .closed, .misplaced, .late: break
        }
    }

    /// Counts a line that could not be read.
    mutating func takeUnreadable() { add(.unreadable, "") }

    private func isKnown(_ user: Int, _ number: Int) -> Bool {
        messages.indices.contains(user) && messages[user].indices.contains(number)
    }

    private mutating func got(_ number: Int, of sender: Int, at user: Int, _ written: Int64) {
        guard isKnown(sender, number), messages[sender][number].recipient == user,
            messages[sender][number].time == written
        else { return add(.strange, "user \(user) got message \(number) of user \(sender)") }
        messages[sender][number].arrivals += 1
        guard messages[sender][number].arrivals == 1 else { return }
        let pair = Pair(recipient: user, sender: sender)
        if let before = highest[pair], before > number {
            messages[sender][number].isLate = true
            messages[sender][number].isLateInQuiet =
                messages[sender][number].isQuiet && messages[sender][before].isQuiet
        } else {
            highest[pair] = number
        }
    }

    private mutating func add(_ fault: Fault, _ example: String) {
        faults[fault, default: 0] += 1
        if examples[fault, default: []].count < Self.examplesKept { examples[fault, default: []].append(example) }
    }

    /// The judgement over all that was taken.
    func verdict() -> DemoVerdict {
        var judge = self
        for (user, sent) in messages.enumerated() {
            for (number, message) in sent.enumerated() {
                let name = "message \(number) of user \(user) to user \(message.recipient)"
                if message.isAcknowledged && message.arrivals == 0 { judge.add(.lost, name) }
                if message.arrivals > 1 { judge.add(.twice, name) }
                if message.isLate && message.isAcknowledged { judge.add(.disordered, name) }
                if message.isLateInQuiet { judge.add(.disorderedInQuiet, name) }
                if message.hasFailed && message.arrivals > 0 { judge.add(.failedYetDelivered, name) }
                if !message.isAcknowledged && !message.hasFailed && !message.isToldUnknown { judge.add(.silent, name) }
            }
        }
        return DemoVerdict(
            delivery: delivery, messages: messages.reduce(0) { $0 + $1.count }, faults: judge.faults,
            examples: judge.examples)
    }
}

/// What the checker found.
struct DemoVerdict: Sendable {
    let delivery: String
    let messages: Int
    let faults: [DemoChecker.Fault: Int]
    let examples: [DemoChecker.Fault: [String]]

    /// What the class under test promises never to happen.
    private var forbidden: [DemoChecker.Fault] {
        let both: [DemoChecker.Fault] = [.twice, .failedYetDelivered, .silent, .strange, .unreadable]
        return delivery == "reliable" ? [.lost, .disordered] + both : [.disorderedInQuiet] + both
    }

    /// The promises that were broken.
    var broken: [DemoChecker.Fault] {
        DemoChecker.Fault.allCases.filter { forbidden.contains($0) && faults[$0, default: 0] > 0 }
    }

    /// Whether nothing that is promised was broken. A history without messages proves nothing.
    var isKept: Bool { broken.isEmpty && messages > 0 }

    /// The verdict in words, one line each.
    var lines: [String] {
        if messages == 0 { return ["checker: the history holds no message"] }
        let title =
            isKept
            ? "checker: the promise of \(delivery) was kept for all \(messages) messages"
            : "checker: the promise of \(delivery) was BROKEN"
        return [title]
            + broken.flatMap { fault in
                ["  \(faults[fault, default: 0]) \(fault.rawValue)"]
                    + examples[fault, default: []].filter { !$0.isEmpty }.map { "    \($0)" }
            }
    }
}
