import ArgumentParser
import CLinux
import Foundation
import Reactor

/// What becomes of connected users while the cluster changes and breaks.
struct DemoVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run a cluster, change and break it, and show what its users notice.",
        discussion: """
            Starts redis-server, a registry, two gateways and three nodes on free ports of the loopback, connects users who \
            send to each other all the time, and lets a node join, drain, die and stand still, a gateway die, and Redis stand \
            still, one after the other. Prints one table for each plan, and whether the promise of the delivery class was \
            kept, judged from the history alone. Exit code 1 if it was broken.
            """)

    @Option(help: ArgumentHelp("Users, 2…20000; half through each gateway.", valueName: "n"))
    var users = 2000

    @Option(help: ArgumentHelp("Messages that each user sends in a second.", valueName: "n"))
    var rate = 1.0

    @Option(help: ArgumentHelp("Who sends to whom and when; random if not given, and shown.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Plans to try, each on a cluster of its own: a, b, c.", valueName: "letters"))
    var plans = "a,b,c"

    @Option(
        name: .customLong("class"),
        help: ArgumentHelp("Delivery class of the messages: fast or reliable.", valueName: "name"))
    var delivery = DemoDelivery.fast.rawValue

    @Option(
        help: ArgumentHelp("What happens, in this order: join, drain, kill, pause, gateway, redis.", valueName: "names")
    )
    var events = DemoEvent.allCases.map(\.rawValue).joined(separator: ",")

    @Option(help: ArgumentHelp("How long nothing happens before each event, in seconds.", valueName: "s"))
    var quiet = 3.0

    @Option(
        help: ArgumentHelp(
            "How long an event's consequences are watched, in seconds: longer than the lease of 3 s and --close-over "
                + "together.", valueName: "s"))
    var window = 16.0

    @Option(help: ArgumentHelp("How long a node and Redis stand still, in seconds; the lease is 3 s.", valueName: "s"))
    var hold = 5.0

    @Option(help: ArgumentHelp("Over how many milliseconds plans A and B close sessions.", valueName: "ms"))
    var closeOver = 10_000

    @Option(
        help: ArgumentHelp("Write everything that clients did and saw to this file, as JSON lines.", valueName: "file"))
    var history: String?

    @Option(help: ArgumentHelp("Draw messages per second over time into this file, as SVG.", valueName: "file"))
    var plot: String?

    @Flag(help: "Show the warnings that the servers log.")
    var verbose = false

    func validate() throws {
        guard (2...20_000).contains(users) else { throw ValidationError("--users \(users): expected 2…20000") }
        guard (0.01...100).contains(rate) else { throw ValidationError("--rate \(rate): expected 0.01…100") }
        guard (0...3600).contains(quiet) else { throw ValidationError("--quiet \(quiet): expected 0…3600") }
        guard (0.1...3600).contains(window) else { throw ValidationError("--window \(window): expected 0.1…3600") }
        guard (0.1...3600).contains(hold) else { throw ValidationError("--hold \(hold): expected 0.1…3600") }
        guard (0...600_000).contains(closeOver) else {
            throw ValidationError("--close-over \(closeOver): expected 0…600000")
        }
        _ = try planList()
        _ = try eventList()
        guard DemoDelivery(rawValue: delivery) != nil else {
            throw ValidationError("--class '\(delivery)': expected fast or reliable")
        }
    }

    func run() throws {
        // Before any other thread is there, so that all of them leave these signals to the pipe.
        let signals = try SignalPipe([SIGINT, SIGTERM, SIGHUP, SIGCHLD])
        _ = clinux_raise_descriptor_limit()
        let folder = try DevFolder.create()
        defer { folder.remove() }
        try folder.writeSecrets()
        let path = history ?? folder.path + "/history.jsonl"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        let ink = Ink(for: STDOUT_FILENO)
        let began = clinux_monotonic_nanoseconds()
        let seed = seed ?? UInt64.random(in: 0..<1_000_000)
        for plan in try planList() {
            let setup = try setup(plan, seed: seed)
            Output.note(
                "plan \(DemoPlan.name(ofSetting: plan.setting)): \(users) users, about \(setup.schedule.length)")
            do {
                try Self.run(setup, in: folder, signals: signals, history: descriptor, began: began)
            } catch let missing as DemoRun.NotAvailable {
                Output.say("plan \(DemoPlan.name(ofSetting: plan.setting)): not available: \(missing.reason)")
            }
        }
        let report = try DemoReport(reading: path)
        for line in report.lines(ink: ink) { Output.say(line) }
        if let plot {
            do { try report.svg.write(toFile: plot, atomically: true, encoding: .utf8) } catch {
                throw Failure("\(plot) cannot be written: \(error.localizedDescription)")
            }
        }
        if !report.isKept {
            folder.remove()
            throw ExitCode(1)
        }
    }

    private static func run(
        _ setup: DemoSetup, in folder: DevFolder, signals: SignalPipe, history: Int32, began: Int64
    ) throws {
        guard let port = FreePort.any() else { throw Failure("no free port on 127.0.0.1 for redis-server") }
        let children = DemoChildren(folder: folder, service: setup.service, redisPort: port)
        let names = ["gateway-1", "registry"]
        let cluster = DemoCluster(
            folder: folder, environment: children.environment(ProcessInfo.processInfo.environment), signals: signals,
            screen: setup.isVerbose ? DevScreen(names: names, isQuiet: false) : nil)
        let loops = LoopGroup(count: 1, name: "demo")
        defer {
            cluster.stop()
            loops.stop()
        }
        try DemoRun(setup, cluster: cluster, children: children, loops: loops, say: { Output.note("  \($0)") })
            .run(history: history, began: began)
    }

    private func setup(_ plan: DemoPlan, seed: UInt64) throws -> DemoSetup {
        DemoSetup(
            plan: plan, delivery: DemoDelivery(rawValue: delivery) ?? .fast, users: users, rate: rate, seed: seed,
            schedule: DemoSchedule(
                events: try eventList(), quiet: .seconds(quiet), window: .seconds(window), hold: .seconds(hold)),
            closeOver: .milliseconds(closeOver), isVerbose: verbose)
    }

    private func planList() throws -> [DemoPlan] { try Self.list("--plans", plans) }

    private func eventList() throws -> [DemoEvent] { try Self.list("--events", events) }

    private static func list<Item: RawRepresentable & CaseIterable>(
        _ flag: String, _ text: String
    ) throws -> [Item] where Item.RawValue == String {
        try text.lowercased().split(separator: ",", omittingEmptySubsequences: false).map { name in
            guard let item = Item(rawValue: String(name)) else {
                let known = Item.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\(flag): '\(name)' is none of \(known)")
            }
            return item
        }
    }
}
