import ClusterModel
import RingwayClient

/// A client of `ringway.v1`: its session outlives connections, and its messages are reliable. The session itself is the
/// library's.
struct ResumableSpeaker: DemoSpeaker {
    private static let subprotocol = "ringway.v1"
    static let subprotocols = [subprotocol]

    private(set) var query = ""
    private var session = ClientSession()
    /// The node that the crowd was told last; nil while the session is not open.
    private var node: String?

    mutating func begin(at now: Duration, _ actions: inout [DemoAction]) {
        var asked: [ClientSession.Action] = []
        session.start(now: now, &asked)
        pass(on: asked, &actions)
    }

    mutating func opened(_ subprotocol: String?, at now: Duration, _ actions: inout [DemoAction]) {
        guard subprotocol != Self.subprotocol else { return }
        // Without it a server would treat these messages as fast ones.
        let ending = ClientEnding.closed(.protocolError, reason: "the gateway does not speak \(Self.subprotocol)")
        var asked: [ClientSession.Action] = []
        session.ended(ending, now: now, random: 0, &asked)
        pass(on: asked, &actions)
        actions.append(.leave)
    }

    mutating func heard(_ frame: UnsafeRawBufferPointer, at now: Duration, _ actions: inout [DemoAction]) {
        var asked: [ClientSession.Action] = []
        session.heard(frame, now: now, &asked)
        session.flush(&asked)
        pass(on: asked, &actions)
        if let node, let now = session.node, now != node {
            self.node = now
            actions.append(.rehomed(node: now))
        }
    }

    mutating func send(
        _ number: Int, to user: String, data: String, at now: Duration, _ actions: inout [DemoAction]
    ) {
        var bytes: [UInt8] = []
        JSONWriter.append(data.utf8, to: &bytes)
        var asked: [ClientSession.Action] = []
        let given = session.send(to: user, data: bytes, now: now, &asked)
        precondition(given == UInt64(number) + 1, "all messages of a session come this way, and it counts them from 1")
        pass(on: asked, &actions)
    }

    mutating func ended(
        _ ending: ClientEnding, lasted: Duration?, at now: Duration, random: Double, _ actions: inout [DemoAction]
    ) {
        node = nil
        var asked: [ClientSession.Action] = []
        session.ended(ending, now: now, random: random, &asked)
        pass(on: asked, &actions)
    }

    mutating func tick(at now: Duration, random: Double, _ actions: inout [DemoAction]) {
        guard let deadline = session.deadline, deadline <= now else { return }
        var asked: [ClientSession.Action] = []
        session.tick(now: now, random: random, &asked)
        pass(on: asked, &actions)
    }

    private mutating func pass(on asked: [ClientSession.Action], _ actions: inout [DemoAction]) {
        // Handling a message may bring the next one.
        var asked = asked[...]
        while let action = asked.popFirst() {
            switch action {
            case .connect(let query, let wait):
                self.query = query.isEmpty ? "" : "&" + query
                actions.append(.comeBack(after: wait))
            case .write(let frame): actions.append(.write(frame))
            case .leave:
                node = nil
                actions.append(.leave)
            case .deliver(let message):
                actions.append(.got(data: Self.text(message.data)))
                var more: [ClientSession.Action] = []
                session.handled(&more)
                session.flush(&more)
                asked += more
            case .accepted(let number): actions.append(.told(Int(number) - 1, .accepted))
            case .result(let number, let result):
                let outcome = HistoryEvent.Outcome(rawValue: result.status.rawValue) ?? .unknown
                actions.append(.told(Int(number) - 1, outcome))
            case .state(.open):
                node = session.node ?? ""
                actions.append(.welcomed(node: session.node ?? ""))
            case .state(.closed(let ending)): actions.append(.gone(why: "\(ending)"))
            case .state(.connecting), .state(.resuming), .problem: break
            }
        }
    }

    /// The text of a JSON string; what is none is handed on as it is, and recognised as strange.
    private static func text(_ data: [UInt8]) -> String {
        data.withUnsafeBytes { bytes in
            do throws(JSONError) {
                var scanner = JSONScanner(bytes)
                let value = try scanner.value()
                return scanner.text(of: value) ?? ""
            } catch { return "" }
        }
    }
}
