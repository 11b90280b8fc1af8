import RingwayClient

/// A plain WebSocket client: no subprotocol, nothing that outlives the connection. What was under way when it ended is unknown.
struct PlainSpeaker: DemoSpeaker {
    static let subprotocols: [String] = []
    let query = ""

    /// Messages that may wait for a connection; what would come after them is rejected by the client itself.
    static let waitingBound = 256

    private var isWelcome = false
    private var waiting: [(number: Int, to: String, data: String)] = []
    private var underWay: Set<Int> = []
    private var policy = ReturnPolicy()

    mutating func begin(at now: Duration, _ actions: inout [DemoAction]) { actions.append(.comeBack(after: .zero)) }

    mutating func opened(_ subprotocol: String?, at now: Duration, _ actions: inout [DemoAction]) {}

    mutating func heard(_ frame: UnsafeRawBufferPointer, at now: Duration, _ actions: inout [DemoAction]) {
        switch ServerMessage(frame) {
        case .welcome(_, let node, _)?:
            isWelcome = true
            actions.append(.welcomed(node: node))
            for (number, user, data) in waiting { write(number, to: user, data, &actions) }
            waiting = []
        case .message(_, _, let data)?: actions.append(.got(data: data))
        case .result(let id, let status, _)?:
            guard let number = Int(id), underWay.contains(number) else { return }
            let outcome = HistoryEvent.Outcome(rawValue: status) ?? .unknown
            if outcome != .accepted { underWay.remove(number) }
            actions.append(.told(number, outcome))
        case .error(_, let id)?:
            guard let number = id.flatMap({ Int($0) }), underWay.remove(number) != nil else { return }
            actions.append(.told(number, .rejected))
        case .other?, nil: break
        }
    }

    mutating func send(
        _ number: Int, to user: String, data: String, at now: Duration, _ actions: inout [DemoAction]
    ) {
        if isWelcome {
            write(number, to: user, data, &actions)
        } else if waiting.count < Self.waitingBound {
            waiting.append((number, user, data))
        } else {
            actions.append(.told(number, .rejected))
        }
    }

    mutating func ended(
        _ ending: ClientEnding, lasted: Duration?, at now: Duration, random: Double, _ actions: inout [DemoAction]
    ) {
        isWelcome = false
        for number in underWay.sorted() { actions.append(.told(number, .unknown)) }
        underWay = []
        if let delay = policy.delay(after: ending, lasted: lasted, random: random) {
            actions.append(.comeBack(after: delay))
        } else {
            actions.append(.gone(why: "\(ending)"))
        }
    }

    mutating func tick(at now: Duration, random: Double, _ actions: inout [DemoAction]) {}

    private mutating func write(_ number: Int, to user: String, _ data: String, _ actions: inout [DemoAction]) {
        underWay.insert(number)
        actions.append(.write(ClientMessage.send(id: "\(number)", to: user, text: data)))
    }
}
