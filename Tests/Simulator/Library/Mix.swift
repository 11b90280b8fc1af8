import Rehoming

/// A kind of schedule: how large the cluster is and which faults it has.
public struct Mix: Sendable {
    /// Its name on the command line.
    public let name: String
    var nodes = 3
    var gateways = 2
    var users = 3
    var devices = 1...1
    var resumable = 0.7
    var messages = 10...24
    var notes = 0.1
    var toItself = 0.1
    var slow = 0.0
    var leaving = 0.0
    var moves = 0...0
    var nodeCrashes = 0...0
    var gatewayCrashes = 0...0
    var zombies = 0...0
    var drops = 0...0
    var nodePauses = 0...0
    var gatewayPauses = 0...0
    var cuts = 0...0
    /// The legs of one client, while most is said.
    var legCuts = 0...0
    /// Messages come in bursts rather than spread out.
    var bursts = 0.3
    /// How far away clients are, if farther than the processes are from each other.
    var clientDelay: ClosedRange<Int64>?
    /// How long the ring takes to be read, if that is slower than elsewhere.
    var reading: ClosedRange<Int64> = 500...30_000
    /// Rings change and legs break shortly before and after a client loses its gateway, and most is said then.
    var isTight = false
    /// Rings change and change back while a burst is on its way.
    var flips = false
    var bounds = RehomingBounds.standard
    /// What is lost is counted; it must have been reported.
    public var countsLosses = false
    /// A bound may close a client or keep a message back, so that an end is no violation.
    public var hasTinyBounds = false

    init(_ name: String, _ change: (inout Mix) -> Void = { _ in }) {
        self.name = name
        change(&self)
    }

    var hasGatewayFaults: Bool { gatewayCrashes.upperBound + zombies.upperBound + drops.upperBound > 0 }
    var hasOnlyMoves: Bool {
        !hasNodeCrashes && nodePauses.upperBound + gatewayPauses.upperBound + cuts.upperBound + legCuts.upperBound == 0
    }
    var hasNodeCrashes: Bool { nodeCrashes.upperBound > 0 }

    /// All of them.
    public static let all: [Mix] = [
        Mix("moves") {
            $0.moves = 1...5
            $0.leaving = 0.1
        },
        Mix("node-crashes") {
            $0.moves = 0...4
            $0.nodeCrashes = 1...2
        },
        Mix("gateway-faults") {
            $0.resumable = 0.9
            $0.gateways = 3
            $0.gatewayCrashes = 0...1
            $0.zombies = 0...3
            $0.drops = 0...2
        },
        Mix("gateway-faults-moves") {
            $0.resumable = 0.9
            $0.gateways = 3
            $0.moves = 1...4
            $0.gatewayCrashes = 0...1
            $0.zombies = 0...3
            $0.drops = 0...2
        },
        Mix("pauses-cuts") {
            $0.moves = 0...3
            $0.nodePauses = 0...2
            $0.gatewayPauses = 0...1
            $0.cuts = 0...4
        },
        Mix("tiny-bounds") {
            $0.moves = 0...3
            $0.cuts = 0...2
            $0.nodeCrashes = 0...1
            $0.bursts = 0.8
            $0.messages = 20...40
            $0.slow = 0.25
            $0.users = 4
            $0.bounds.messages = 4
            $0.bounds.bytes = 600
            $0.bounds.marks = 3
            $0.bounds.giveUp = .seconds(4)
            $0.bounds.grace = .seconds(3)
            $0.bounds.resume = .seconds(6)
            $0.bounds.markAge = .seconds(12)
            $0.hasTinyBounds = true
        },
        Mix("devices") {
            $0.users = 2
            $0.devices = 1...3
            $0.legCuts = 1...4
            $0.moves = 0...4
            $0.nodeCrashes = 0...1
            $0.cuts = 0...1
            $0.leaving = 0.15
        },
        Mix("to-itself") {
            $0.users = 2
            $0.devices = 1...2
            $0.toItself = 0.7
            $0.moves = 0...3
            $0.nodeCrashes = 0...1
            $0.cuts = 0...1
        },
        Mix("slow-clients") {
            $0.resumable = 1
            $0.gateways = 3
            $0.moves = 0...2
            $0.gatewayCrashes = 0...1
            $0.zombies = 1...2
            $0.drops = 0...2
            $0.messages = 16...36
            $0.clientDelay = 10_000...250_000
            $0.isTight = true
        },
        Mix("tight-resumes") {
            $0.users = 2
            $0.resumable = 1
            $0.gateways = 3
            $0.zombies = 1...2
            $0.drops = 1...2
            $0.messages = 20...40
            $0.reading = 5_000...150_000
            $0.isTight = true
        },
        Mix("flips") {
            $0.flips = true
            $0.bursts = 1
            $0.messages = 20...40
            $0.notes = 0
        },
        Mix("many-senders") {
            $0.users = 6
            $0.resumable = 0.3
            $0.moves = 1...4
            $0.cuts = 1...3
            $0.messages = 20...40
            $0.bounds.marks = 2
            $0.bounds.markAge = .seconds(40)
            $0.hasTinyBounds = true
        },
        Mix("both-faults") {
            $0.resumable = 0.9
            $0.gateways = 3
            $0.moves = 0...3
            $0.nodeCrashes = 1...2
            $0.gatewayCrashes = 0...1
            $0.zombies = 0...2
            $0.drops = 0...1
            $0.countsLosses = true
        },
    ]
}

/// What chance chose for one schedule beyond its faults.
struct Plan {
    /// How long the faults may come.
    let active: Int64
    let delay: ClosedRange<Int64>
    let spikes: Double
    let lostNotifications: Double
    let lag: ClosedRange<Int64>
    /// Between two readings of the ring that nobody asked for, of a gateway and of a node.
    let poll: Int64
    let nodePoll: Int64
    /// Whether gateways hear of a ring only from nodes, or by reading it.
    let isTellingGateways: Bool
    let stickiness: Double
    /// Whether nodes are told that all gateways are done, before the grace is over.
    let endsGrace: Bool
    let acknowledge: ClosedRange<Int64>
    let movesPerSecond: Int

    init(_ mix: Mix, _ random: inout SimRandom) {
        active = random.span(500_000...3_000_000)
        delay = random.chance(0.7) ? 100...2_000 : 500...30_000
        spikes = random.chance(0.4) ? 0.03 : 0
        lostNotifications = mix.flips ? 0 : random.element([0, 0.2, 0.6])
        lag = mix.flips ? 100...3_000 : random.chance(0.5) ? 100...20_000 : 100...600_000
        // Only a node can tell a gateway that hears of no ring and reads none; so there must be one that lives.
        isTellingGateways = random.chance(0.7) || !mix.hasOnlyMoves
        poll = isTellingGateways ? random.element([400_000, 2_000_000]) : 200_000_000
        nodePoll = random.element([400_000, 2_000_000])
        stickiness = random.element([0.2, 0.5, 0.8])
        endsGrace = random.chance(0.5)
        acknowledge = random.chance(0.6) ? 100...20_000 : 1_000...900_000
        movesPerSecond = random.element([10, 1_000])
    }
}
