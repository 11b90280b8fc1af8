import ClusterModel
import HashRing
import SessionLink

@testable import Rehoming

/// A ring that is written down user by user.
struct WrittenMap: OwnerMap {
    var epoch: UInt64
    var owners: [[UInt8]: Home] = [:]
    var others: Home?
    var known: Set<Home> = []
    var previous: UInt64?

    func owner(of user: [UInt8]) -> Home? { owners[user] ?? others }
    func names(_ home: Home) -> Bool { known.contains(home) || owners.values.contains(home) || others == home }
}

/// A node's machine whose driver is a test.
struct NodeHarness {
    typealias Action = NodeMachine.Action

    static func home(_ name: String, _ incarnation: UInt64 = 1) -> Home {
        guard let node = try? NodeID(name), let incarnation = Incarnation(incarnation) else {
            preconditionFailure("no home \(name)")
        }
        return Home(node: node, incarnation: incarnation)
    }

    static func session(_ number: UInt64) -> SessionID { SessionID(first: number, second: 0) }

    static let alice = Array("alice".utf8)
    static let bob = Array("bob".utf8)
    static let a = home("a")
    static let b = home("b")
    static let c = home("c")

    var machine: NodeMachine
    var now = Duration.zero

    init(me: Home = Self.a, bounds: RehomingBounds = .standard, state: [UInt8]? = [7]) {
        machine = NodeMachine(
            me: me, bounds: bounds,
            render: { _, payload, _, position, _ in Array(position.description.utf8) + [58] + payload },
            freeze: { _ in state })
    }

    /// A harness whose node owns everybody since a ring of epoch 5, its grace over.
    static func settled(bounds: RehomingBounds = .standard) -> NodeHarness {
        var node = NodeHarness(bounds: bounds)
        _ = node.ring(WrittenMap(epoch: 5, others: a))
        _ = node.graceOver(5)
        return node
    }

    mutating func act(_ body: (inout NodeMachine, Duration, inout [Action]) -> Void) -> [Action] {
        var actions: [Action] = []
        body(&machine, now, &actions)
        return actions
    }

    mutating func ring(_ map: WrittenMap) -> [Action] { act { $0.ring(map, now: $1, &$2) } }
    mutating func graceOver(_ epoch: UInt64) -> [Action] { act { $0.graceOver(epoch: epoch, now: $1, &$2) } }
    mutating func say(_ message: ToNode, _ leg: UInt64) -> [Action] {
        act { $0.heard(message, on: leg, now: $1, &$2) }
    }
    mutating func lose(_ leg: UInt64) -> [Action] { act { $0.legLost(leg, now: $1, &$2) } }
    mutating func forward(_ forward: Forwarded, link: UInt64 = 1) -> [Action] {
        act { $0.heard(.forward(forward), on: link, from: nil, now: $1, &$2) }
    }
    mutating func fetch(_ request: FetchRequest) -> [Action] {
        act { $0.heard(.fetch(request), on: 9, from: nil, now: $1, &$2) }
    }
    mutating func answer(_ correlation: UInt64, _ answer: ForwardAnswer, by home: Home = b, epoch: UInt64 = 5)
        -> [Action]
    {
        act { $0.answered(.answer(correlation: correlation, answer, epoch: epoch), by: home, now: $1, &$2) }
    }
    mutating func flush() -> [Action] { act { machine, _, actions in machine.flushTaken(&actions) } }
    mutating func wait(_ time: Duration) -> [Action] {
        now += time
        return act { $0.tick(now: $1, &$2) }
    }
    mutating func send(
        _ session: SessionID, _ n: UInt64, upstream: UInt64 = 1, isAgain: Bool = false, to user: [UInt8] = bob
    ) -> [Action] {
        act {
            $0.send(
                from: session, n: n, upstream: upstream, isAgain: isAgain, to: user, payload: [UInt8(n)], now: $1, &$2)
        }
    }

    /// A message number n of session 100.
    static func message(
        _ n: UInt64, correlation: UInt64? = nil, epoch: UInt64 = 5, to user: [UInt8] = alice
    ) -> Forwarded {
        Forwarded(
            correlation: correlation ?? n, epoch: epoch, key: MessageKey(sender: session(100), n: n), isAgain: false,
            from: bob, to: user, payload: [UInt8(n)])
    }

    static func attach(
        _ number: UInt64 = 1, user: [UInt8] = alice, epoch: UInt64 = 5, kind: ClientKind = .resumable
    ) -> SessionAttach {
        SessionAttach(epoch: epoch, session: session(number), user: user, kind: kind)
    }

    /// Attaches a session and confirms its home.
    mutating func enter(_ attach: SessionAttach, leg: UInt64) -> [Action] {
        let actions = say(.attach(attach), leg)
        for case .say(leg, .home(_, let position, _)) in actions { _ = say(.received(through: position), leg) }
        return actions
    }
}

extension Array where Element == NodeMachine.Action {
    /// What was delivered on a leg.
    func delivered(_ leg: UInt64) -> [KeptMessage] {
        compactMap { if case .say(leg, .deliver(let message)) = $0 { message } else { nil } }
    }

    /// The answers on a link, by correlation.
    func answers(_ link: UInt64 = 1) -> [UInt64: [ForwardAnswer]] {
        var answers: [UInt64: [ForwardAnswer]] = [:]
        for case .answer(link, .answer(let correlation, let answer, _)) in self {
            answers[correlation, default: []].append(answer)
        }
        return answers
    }

    /// The messages sent to a node.
    func forwards(to home: Home) -> [Forwarded] {
        compactMap { if case .send(home, .forward(let forward)) = $0 { forward } else { nil } }
    }

    /// What a session's client was told.
    func results() -> [SendOutcome] {
        compactMap { if case .result(_, _, let outcome) = $0 { outcome } else { nil } }
    }

    /// Where the home marker stands.
    var home: Position? {
        for case .say(_, .home(_, let position, _)) in self { return position }
        return nil
    }
}
