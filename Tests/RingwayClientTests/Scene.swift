import ClusterModel
import Rehoming

@testable import RingwayClient

/// A session under test, with its clock, and its driver's duties done at once: what was delivered is handled unless a test keeps
/// it waiting.
struct Scene {
    var session: ClientSession
    var now = Duration.seconds(1000)
    var random = 0.5
    var handlesAtOnce = true
    var connects: [(query: String, after: Duration)] = []
    var written: [String] = []
    var got: [String] = []
    var positions: [Position?] = []
    var results: [String] = []
    var states: [ClientSession.State] = []
    var problems: [String] = []
    var leaves = 0

    init(bounds: ClientBounds = ClientBounds(), renewsToken: Bool = false) {
        session = ClientSession(bounds: bounds, renewsToken: renewsToken)
        act { session, now, actions in session.start(now: now, &actions) }
    }

    /// One that is open, as session s1.
    static func open(bounds: ClientBounds = ClientBounds(), renewsToken: Bool = false) -> Scene {
        var scene = Scene(bounds: bounds, renewsToken: renewsToken)
        scene.welcome()
        return scene
    }

    private mutating func act(_ body: (inout ClientSession, Duration, inout [ClientSession.Action]) -> Void) {
        var actions: [ClientSession.Action] = []
        body(&session, now, &actions)
        for action in actions {
            switch action {
            case .connect(let query, let wait): connects.append((query, wait))
            case .write(let bytes): written.append(String(decoding: bytes, as: UTF8.self))
            case .leave: leaves += 1
            case .deliver(let message):
                got.append(String(decoding: message.data, as: UTF8.self))
                positions.append(message.position)
                if handlesAtOnce { handled() }
            case .accepted(let n): results.append("\(n) accepted")
            case .result(let n, let result):
                results.append("\(n) \(result.status.rawValue)" + (result.reason.map { " (\($0))" } ?? ""))
            case .state(let state): states.append(state)
            case .problem(let text): problems.append(text)
            }
        }
    }

    mutating func hear(_ frame: String) {
        let bytes = Array(frame.utf8)
        act { session, now, actions in bytes.withUnsafeBytes { session.heard($0, now: now, &actions) } }
    }

    mutating func welcome(session: String = "s1", resume: String = "t1", position: String = "5-0") {
        hear(
            #"{"type":"welcome","session":"\#(session)","user":"alice","node":"node-1","resume":"\#(resume)","position":"\#(position)"}"#
        )
    }

    mutating func resumed(recovered: Bool = true, replayed: Int = 0) {
        hear(#"{"type":"resumed","recovered":\#(recovered),"replayed":\#(replayed)}"#)
    }

    mutating func message(_ position: String, n: Int, sender: String = "a", data: String? = nil) {
        hear(
            #"{"type":"message","from":"bob","data":\#(data ?? "\(n)"),"position":"\#(position)","sender":"\#(sender)","n":\#(n)}"#
        )
    }

    mutating func result(_ n: Int, _ status: String) { hear(#"{"type":"result","id":"\#(n)","status":"\#(status)"}"#) }

    @discardableResult
    mutating func send(_ data: String, _ kind: SendClass = .reliable) -> UInt64 {
        var number: UInt64 = 0
        act { session, now, actions in
            number = session.send(to: "bob", data: Array(data.utf8), class: kind, now: now, &actions)
        }
        return number
    }

    mutating func handled() { act { session, _, actions in session.handled(&actions) } }

    mutating func flush() { act { session, _, actions in session.flush(&actions) } }

    mutating func close() { act { session, _, actions in session.close(&actions) } }

    mutating func end(_ ending: ClientEnding = .lost("cut")) {
        let random = random
        act { session, now, actions in session.ended(ending, now: now, random: random, &actions) }
    }

    mutating func pass(_ time: Duration) {
        now += time
        let random = random
        act { session, now, actions in session.tick(now: now, random: random, &actions) }
    }

    /// Lost and back in the same session.
    mutating func resume() {
        end()
        resumed()
    }

    /// The numbers of the messages written since `start`.
    func numbers(from start: Int = 0) -> [Int] {
        written[start...].compactMap { frame in
            frame.split(separator: #""n":"#).dropFirst().last.flatMap { Int($0.dropLast()) }
        }
    }

    var acks: [String] {
        written.filter { $0.contains(#""type":"ack""#) }.compactMap { $0.split(separator: "\"").dropLast().last }
            .map { String($0) }
    }

    var waits: [Duration] { connects.dropFirst().map(\.after) }
}
