/// Something that was promised and did not hold.
public struct Violation: Hashable, Sendable, CustomStringConvertible {
    /// Which promise, in a word.
    public let rule: String
    /// What happened.
    public let detail: String

    /// `lost: m7 …`
    public var description: String { "\(rule): \(detail)" }
}

/// What the checker is to hold a history against.
public struct Promise: Sendable {
    /// A node and a gateway may fail together: what is lost is counted, if it was reported.
    public var countsLosses = false
    /// Bounds are so small that they end sessions.
    public var hasTinyBounds = false
    /// Nothing but rings changes: then nothing is unknown and nobody is closed.
    public var hasOnlyMoves = false

    /// The whole promise.
    public init() {}
}

/// Reads a history of what clients, applications and legs could see, and says what was not as promised.
///
/// It knows nothing of the machines: no state, no rule, no message of theirs.
public struct Checker {
    struct Session {
        var user: Int
        var isResumable: Bool
        var isSlow: Bool
        var established: Int64?
        /// In, with a socket, since then.
        var inSince: Int64?
        /// When it was in before, and not any more.
        var times: [(from: Int64, to: Int64)] = []
        var wasEverOffline = false
        var ended: Int64?
        var latest: (epoch: UInt64, k: UInt64) = (0, 0)
        /// The newest message of each sending session.
        var order: [Int: Int] = [:]
    }
    struct Message {
        var session: Int
        var to: Int?
        var sent: Int64
        var isProbe: Bool
        var told: [(what: Told, at: Int64, byItself: Bool)] = []
        /// How often it was taken as new, by session.
        var got: [Int: Int] = [:]
        var wasSeen = false
        /// The recipient's sessions were at several nodes when it was sent or answered.
        var wasSplit = false
        /// How often applications were given it.
        var timesGiven = 0
    }

    let promise: Promise
    var sessions: [Int: Session] = [:]
    var messages: [Int: Message] = [:]
    /// What does not hold.
    public private(set) var violations: [Violation] = []
    /// Messages that were acknowledged, then lost, and the loss reported.
    public internal(set) var losses = 0
    /// Accepted for the user's other sessions while a node had not heard of a ring by which this one had just begun.
    public internal(set) var newcomers = 0
    /// Told as failed, then replayed since the leg broke behind the answer, and delivered after all.
    public internal(set) var late = 0
    /// How the messages ended.
    public internal(set) var outcomes: [Told: Int] = [:]
    private var epochs: [Int: UInt64] = [:]
    private var openLegs: [Int: UInt64] = [:]
    private var attached: [Int: [Int: UInt64]] = [:]
    private var given: [Int: [Int: Set<[UInt64]>]] = [:]
    private var healed: Int64?
    var moves: [Int64] = []
    private var hasLeft = false
    private var isProbing = false

    /// Checks that history.
    public init(_ history: [HistoryEvent], _ promise: Promise) {
        self.promise = promise
        for event in history { read(event) }
        judge()
    }

    mutating func blame(_ rule: String, _ detail: String) {
        violations.append(Violation(rule: rule, detail: detail))
    }

    private mutating func read(_ event: HistoryEvent) {
        switch event.what {
        case .began, .online, .offline, .established, .closed, .ended: readSession(event)
        case .sent(let message, let session, let to):
            messages[message] = Message(session: session, to: to, sent: event.at, isProbe: isProbing)
            let wasSplit = to.map { isSplit($0) } ?? false
            messages[message]?.wasSplit = wasSplit
        case .told(let message, let what, let byItself):
            if let to = messages[message]?.to, isSplit(to) { messages[message]?.wasSplit = true }
            if !hasLeft { messages[message]?.told.append((what, event.at, byItself)) }
        case .got(let message, let session, let epoch, let k, let isNew):
            if !hasLeft { got(message, session, (epoch, k), isNew) }
        case .epoch, .legOpened, .legEnded, .attached, .detached: readLeg(event)
        case .applicationBegan(let life, let session, _): given[life, default: [:]][session] = []
        case .applicationEnded(let life, let session): given[life]?[session] = nil
        case .applicationGot(let life, let session, let message, let place):
            messages[message]?.timesGiven += 1
            let isFirst = given[life, default: [:]][session, default: []].insert([UInt64(message), place]).inserted
            if !isFirst { blame("given twice", "m\(message) of s\(session) to the application of \(life)") }
        case .kept(let session, let count, let most):
            if count > most { blame("bound", "\(count) copies kept of s\(session), at most \(most)") }
        case .settled(let session, let at, let owner, let gatewayLegs):
            if at != [owner] { blame("misplaced", "s\(session) is at \(at), its owner is \(owner)") }
            if gatewayLegs != 1 { blame("legs", "s\(session) has \(gatewayLegs) legs at the end") }
        case .misplaced(let life, let count):
            if count != 0 { blame("misplaced", "\(life) says that \(count) of its sessions are") }
        case .timerLeft(let process): blame("timer left", process)
        case .runaway: blame("runaway", "it goes round in circles")
        case .timerStuck(let process): blame("timer stuck", process)
        case .remains(let process, let what, let count): blame("left over", "\(count) \(what) at \(process)")
        case .everybodyLeaves: hasLeft = true
        case .probing: isProbing = true
        case .healed: healed = event.at
        case .move: moves.append(event.at)
        case .nodeFault, .gatewayFault: break
        }
    }

    private func isSplit(_ user: Int) -> Bool {
        attached.count { $0.value.keys.contains { sessions[$0]?.user == user } } > 1
    }

    private mutating func readSession(_ event: HistoryEvent) {
        guard !hasLeft else { return }
        switch event.what {
        case .began(let session, let user, let isResumable, let isSlow):
            sessions[session] = Session(user: user, isResumable: isResumable, isSlow: isSlow)
        case .offline(let session):
            sessions[session]?.wasEverOffline = true
            if let since = sessions[session]?.inSince {
                sessions[session]?.times.append((since, event.at))
                sessions[session]?.inSince = nil
            }
        case .established(let session):
            if sessions[session]?.established == nil { sessions[session]?.established = event.at }
            if sessions[session]?.inSince == nil { sessions[session]?.inSince = event.at }
        case .closed(let session, let code):
            let isSlow = sessions[session]?.isSlow ?? false
            if !(isSlow && code == 4009), !promise.hasTinyBounds || code != 4003, code != 4004 {
                blame("closed", "s\(session) with \(code) at \(event.at)")
            }
        case .ended(let session):
            if let since = sessions[session]?.inSince { sessions[session]?.times.append((since, event.at)) }
            sessions[session]?.inSince = nil
            sessions[session]?.ended = event.at
        default: break
        }
    }

    private mutating func got(
        _ message: Int, _ session: Int, _ position: (epoch: UInt64, k: UInt64), _ isNew: Bool
    ) {
        guard let latest = sessions[session]?.latest, let sender = messages[message]?.session else {
            return blame("invented", "m\(message) came to s\(session), and nobody sent it")
        }
        messages[message]?.wasSeen = true
        if position <= latest {
            blame("position", "s\(session) got m\(message) at \(position) after \(latest)")
        }
        sessions[session]?.latest = position
        guard isNew else { return }
        if messages[message]?.to != sessions[session]?.user {
            blame("misdelivered", "m\(message) came to s\(session)")
        }
        messages[message]?.got[session, default: 0] += 1
        let before = sessions[session]?.order[sender] ?? -1
        if message < before { blame("order", "s\(session) got m\(message) after m\(before) of s\(sender)") }
        sessions[session]?.order[sender] = max(before, message)
    }

    private mutating func readLeg(_ event: HistoryEvent) {
        switch event.what {
        case .epoch(let observer, let epoch):
            let before = epochs[observer] ?? 0
            if epoch < before { blame("epoch", "observer \(observer) went from \(before) back to \(epoch)") }
            epochs[observer] = epoch
        case .legOpened(let place, let leg):
            if let other = openLegs[place] { blame("two legs", "place \(place) opened \(leg) while \(other) was open") }
            openLegs[place] = leg
            if let healed, event.at > healed + 25_000_000, !hasLeft {
                blame("unrest", "place \(place) opens leg \(leg) long after the faults")
            }
        case .legEnded(let place, let leg):
            if openLegs[place] == leg { openLegs[place] = nil }
        case .attached(let life, let session, let leg):
            if let other = attached[life]?[session], other != leg {
                blame("two legs", "s\(session) is attached twice at \(life)")
            }
            attached[life, default: [:]][session] = leg
        case .detached(let life, let leg):
            for session in (attached[life] ?? [:]).filter({ $0.value == leg }).keys { attached[life]?[session] = nil }
        default: break
        }
    }
}
