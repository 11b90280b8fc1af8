/// Which of a client's messages a node has had and dealt with: the numbers are its gateway's.
///
/// On a leg numbers rise; a new leg begins with all that the gateway keeps, again. So what is not above the highest number
/// and not in work has been dealt with, and nothing has to be remembered of it.
/// The application gets tickets, not numbers: another gateway counts from one again when a client resumes, and what the
/// application then says of an older message must not settle a newer one of the same number.
struct UpstreamReceiver {
    /// What is to be done with a message.
    enum Intake: Equatable {
        /// The application gets it, under that ticket.
        case give(ticket: UInt64)
        /// It had it before, and works on it.
        case inWork
        /// It had it before, and has dealt with it.
        case settled(ticket: UInt64)
        /// More are in work than any gateway keeps.
        case tooMany
    }

    private var offset: UInt64 = 0
    private var highest: UInt64 = 0
    private var inWork: [UInt64] = []
    private var unsaid: [UInt64] = []
    private var heardOnLeg: UInt64 = 0

    /// Whether everything has been dealt with.
    var isIdle: Bool { inWork.isEmpty }

    /// Whether there is something to tell the gateway.
    var hasNews: Bool { !unsaid.isEmpty }

    /// The number of the message that follows the last one on this leg, if it says none.
    var nextOnLeg: UInt64 { heardOnLeg + 1 }

    /// Numbers may begin anew: another gateway, or the session was elsewhere. Tickets given out before are void.
    ///
    /// A plain client has one gateway, which counts on: its tickets stay what the numbers are, everywhere, since they name its
    /// messages in the whole cluster.
    mutating func renew(_ kind: ClientKind) {
        if kind == .resumable { offset += highest }
        highest = 0
        heardOnLeg = 0
        inWork = []
        unsaid = []
    }

    /// Another leg: what its gateway keeps comes again, and only then is said again that it is dealt with. What was said of
    /// it, and its result, may have been lost with the former leg.
    mutating func beginLeg() {
        heardOnLeg = 0
        unsaid = []
    }

    func isNew(_ n: UInt64, limit: Int) -> Bool { n > highest && inWork.count < limit }

    mutating func take(_ n: UInt64, limit: Int) -> Intake {
        heardOnLeg = max(heardOnLeg, n)
        if n > highest {
            guard inWork.count < limit else { return .tooMany }
            highest = n
            inWork.append(n)
            return .give(ticket: offset + n)
        }
        if !RehomingRule.numbersOnce.holds { return .give(ticket: offset + n) }
        if inWork.contains(n) { return .inWork }
        unsaid.append(n)
        return .settled(ticket: offset + n)
    }

    /// The application has dealt with the message of that ticket.
    mutating func settle(_ ticket: UInt64) {
        guard ticket > offset else { return }
        let n = ticket - offset
        guard let place = inWork.firstIndex(of: n) else {
            if !RehomingRule.numbersOnce.holds, n <= highest { unsaid.append(n) }
            return
        }
        inWork.remove(at: place)
        if n <= heardOnLeg { unsaid.append(n) }
    }

    /// What the gateway may forget; nil if there is no news.
    mutating func news() -> (through: UInt64, also: [UInt64])? {
        guard hasNews else { return nil }
        let through = min(inWork.first.map { $0 - 1 } ?? highest, heardOnLeg)
        defer { unsaid = [] }
        return (through, unsaid.filter { $0 > through })
    }
}
