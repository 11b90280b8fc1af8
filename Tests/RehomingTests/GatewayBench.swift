import ClusterModel
import HashRing
import SessionLink

@testable import Rehoming

/// A machine with its clock and what it last asked for.
struct GatewayBench {
    typealias Action = GatewaySessionMachine.Action

    static let session = SessionID(first: 7, second: 9)
    var machine: GatewaySessionMachine
    var now = Duration.seconds(100)

    init(_ kind: ClientKind = .resumable, bounds: RehomingBounds = .standard) {
        machine = GatewaySessionMachine(session: Self.session, user: Array("v".utf8), kind: kind, bounds: bounds)
    }

    /// A session that is homed at `a` by ring 1.
    static func homed(_ kind: ClientKind = .resumable, bounds: RehomingBounds = .standard) -> GatewayBench {
        var bench = GatewayBench(kind, bounds: bounds)
        _ = bench.ring(1, .a)
        _ = bench.heard(.attached)
        _ = bench.heard(.home(.a, at: Position(epoch: 1, k: 0)))
        _ = bench.flush()
        return bench
    }

    mutating func ring(_ epoch: UInt64, _ owner: Home?) -> [Action] {
        run { $0.ring(epoch: epoch, owner: owner, now: $1, &$2) }
    }

    mutating func move() -> [Action] { run { $0.move(now: $1, &$2) } }

    mutating func heard(_ message: ToGateway, on leg: UInt32? = nil) -> [Action] {
        let leg = leg ?? machine.attempt
        return run { $0.heard(message, on: leg, now: $1, &$2) }
    }

    mutating func lost(_ leg: UInt32? = nil) -> [Action] {
        let leg = leg ?? machine.attempt
        return run { $0.legLost(leg, now: $1, &$2) }
    }

    mutating func received(_ position: Position) -> [Action] {
        run { $0.clientReceived(through: position, &$2) }
    }

    mutating func closed(_ code: UInt16) -> [Action] { run { $0.clientClosed(code, now: $1, &$2) } }

    mutating func flush() -> [Action] { run { $0.flush(&$2) } }

    mutating func wait(_ time: Duration) -> [Action] {
        now += time
        return run { $0.tick(now: $1, &$2) }
    }

    /// Goes to the machine's next deadline.
    mutating func waitForDeadline() -> [Action] {
        guard let deadline = machine.deadline else { return [] }
        return wait(deadline - now)
    }

    mutating func send(_ text: String) -> GatewaySessionMachine.Intake {
        Array(text.utf8).withUnsafeBytes { machine.clientSent($0, isText: true) }
    }

    private mutating func run(_ event: (inout GatewaySessionMachine, Duration, inout [Action]) -> Void) -> [Action] {
        var actions: [Action] = []
        event(&machine, now, &actions)
        return actions
    }

    /// A message of the sender with that number.
    static func kept(_ k: UInt64, n: UInt64, sender: UInt64 = 1, epoch: UInt64 = 1) -> KeptMessage {
        KeptMessage(
            position: Position(epoch: epoch, k: k),
            key: MessageKey(sender: SessionID(first: sender, second: 0), n: n), frame: [UInt8]("m\(n)".utf8))
    }
}

extension [GatewaySessionMachine.Action] {
    /// The attaches: to whom, and with what.
    var attaches: [(home: Home, attach: SessionAttach)] {
        compactMap { if case .attach(_, let home, let attach) = $0 { (home, attach) } else { nil } }
    }

    /// What is said on legs.
    var said: [ToNode] { compactMap { if case .say(_, let message) = $0 { message } else { nil } } }
}

extension Home {
    static let a = make("a", 1)
    static let b = make("b", 1)
    static let c = make("c", 1)

    static func make(_ name: String, _ run: UInt64) -> Home {
        guard let node = try? NodeID(name), let incarnation = Incarnation(run) else {
            preconditionFailure("\(name) is no node's name")
        }
        return Home(node: node, incarnation: incarnation)
    }
}
