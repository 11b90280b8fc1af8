import ArgumentParser

/// Measurements.
struct BenchVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure a server, a cluster, or the ring's look-up.",
        subcommands: [BenchEchoVerb.self, BenchPairsVerb.self, BenchRingVerb.self])
}

/// The ring's look-up.
struct BenchRingVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ring", abstract: "Time finding the owner of a user, the hash of its 16-byte id included.")

    @Option(help: ArgumentHelp("Nodes of the ring, 1…4096.", valueName: "n"))
    var nodes = 100

    @Option(help: ArgumentHelp("Points of each node, 1…4096.", valueName: "n"))
    var vnodes = 160

    @Option(help: ArgumentHelp("Look-ups in all, over 65,536 ids.", valueName: "n"))
    var lookups = 18_000_000

    @Flag(help: "Print one JSON line.")
    var json = false

    func validate() throws {
        guard (1...4096).contains(nodes) else { throw ValidationError("--nodes \(nodes): expected 1…4096") }
        guard (1...4096).contains(vnodes) else { throw ValidationError("--vnodes \(vnodes): expected 1…4096") }
        guard (1...10_000_000_000).contains(lookups) else { throw ValidationError("--lookups: expected 1…10000000000") }
    }

    func run() throws {
        let bench = try RingBench(nodes: nodes, vnodes: vnodes, lookups: lookups)
        Output.say(json ? bench.json : bench.text)
    }
}

/// Frames that the server sends back.
struct BenchEchoVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "echo",
        abstract: "Drive an echo server: any WebSocket server that sends every frame back.",
        discussion: """
            Without --url it goes through the gateways to nodes that run with --application echo. Every echo is compared \
            with what was sent. Exit code 1 if anything was lost or wrong.
            """)

    @Option(help: ArgumentHelp("WebSockets at once.", valueName: "n"))
    var connections = 100

    @OptionGroup var options: LoadOptions

    func validate() throws {
        guard (1...1_000_000).contains(connections) else {
            throw ValidationError("--connections \(connections): expected 1…1000000")
        }
    }

    func run() throws { try options.run(.echo, connections: connections) }
}

/// Messages from user to user.
struct BenchPairsVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pairs",
        abstract: "Let pairs of users talk through the default application; time each message from sender to receiver.",
        discussion: """
            Users 0 and 1, 2 and 3, … send to each other. The latency is the recipient's: both sides are in this program. \
            Order and losses are checked. Exit code 1 if anything was lost or wrong.
            """)

    @Option(help: ArgumentHelp("Pairs of users.", valueName: "n"))
    var pairs = 50

    @OptionGroup var options: LoadOptions

    func validate() throws {
        guard (1...500_000).contains(pairs) else { throw ValidationError("--pairs \(pairs): expected 1…500000") }
        guard options.size >= LoadMember.digits else {
            throw ValidationError(
                "--size \(options.size): pairs need \(LoadMember.digits) bytes for a message's number")
        }
    }

    func run() throws { try options.run(.pairs, connections: pairs * 2) }
}
