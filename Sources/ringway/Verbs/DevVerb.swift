import ArgumentParser
import ClusterModel
import Foundation

/// The whole cluster in one terminal.
struct DevVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Run a whole cluster in this terminal; Ctrl-C ends it.",
        discussion: """
            Starts redis-server (unless RINGWAY_REDIS_URL names one), a registry, gateways and nodes on the loopback, says \
            where everything is and what to try, and shows their logs. Nothing is restarted: kill a node and watch its \
            users find their new owner.
            """)

    @Option(help: ArgumentHelp("Nodes of each service, 1…32.", valueName: "n"))
    var nodes = 3

    @Option(help: ArgumentHelp("Gateways, 1…8.", valueName: "n"))
    var gateways = 2

    @Option(help: ArgumentHelp("Services, with commas between them.", valueName: "names"))
    var services = "chat"

    @Option(help: ArgumentHelp("What a change of the ring does: reconnect-all or reconnect-moved.", valueName: "plan"))
    var plan: String?

    @Option(help: ArgumentHelp("How messages reach other nodes: routed or broadcast.", valueName: "way"))
    var delivery: String?

    @Option(help: ArgumentHelp("What nodes do with messages: messenger or echo.", valueName: "name"))
    var application = "messenger"

    @Option(help: ArgumentHelp("Redis to use instead of an own one. Also RINGWAY_REDIS_URL.", valueName: "url"))
    var redisURL: String?

    @Option(help: ArgumentHelp("What all Redis keys start with. Also RINGWAY_PREFIX.", valueName: "text"))
    var prefix: String = ProcessInfo.processInfo.environment["RINGWAY_PREFIX"] ?? "ringway"

    @Option(help: ArgumentHelp("Least severe log lines that are shown.", valueName: "level"))
    var logLevel = "info"

    @Flag(help: "Print where everything is as one JSON line instead of a table.")
    var json = false

    @Flag(name: .shortAndLong, help: "Show only lines of `ringway dev` itself, no logs.")
    var quiet = false

    func validate() throws {
        guard (1...32).contains(nodes) else { throw ValidationError("--nodes \(nodes): expected 1…32") }
        guard (1...8).contains(gateways) else { throw ValidationError("--gateways \(gateways): expected 1…8") }
        for name in serviceNames {
            do { _ = try ServiceName(name) } catch { throw ValidationError("--services: '\(name)': \(error)") }
        }
        guard Set(serviceNames).count == serviceNames.count else {
            throw ValidationError("--services \(services): a name stands there twice")
        }
        try Self.check("--plan", plan, of: RebalancePlan.allCases.filter { $0 != .rehome }.map(\.rawValue))
        try Self.check("--delivery", delivery, of: Delivery.allCases.map(\.rawValue))
        try Self.check("--application", application, of: ["messenger", "echo"])
    }

    func run() throws {
        // Before any other thread is there, so that all of them leave these signals to the pipe.
        let signals = try SignalPipe([SIGINT, SIGTERM, SIGHUP, SIGCHLD])
        let environment = ProcessInfo.processInfo.environment
        let given = redisURL ?? environment["RINGWAY_REDIS_URL"].flatMap { $0.isEmpty ? nil : $0 }
        let folder = try DevFolder.create()
        defer { folder.remove() }
        try folder.writeSecrets()
        let plan = DevPlan(
            redis: try given.map { .given(url: $0) } ?? RedisChoice.freePort(), folder: folder, nodes: nodes,
            gateways: gateways, services: serviceNames, prefix: prefix, application: application, logLevel: logLevel,
            settings: ServiceWishes(plan: self.plan, delivery: delivery))
        let children = try plan.children()
        let supervisor = DevSupervisor(
            plan, children: children, environment: plan.environment(environment), signals: signals,
            errands: try Errands(), screen: DevScreen(names: children.map(\.name), isQuiet: quiet),
            asJSON: json)
        let code = supervisor.run()
        if code != 0 {
            folder.remove()
            throw ExitCode(code)
        }
    }

    private var serviceNames: [String] {
        services.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    private static func check(_ flag: String, _ value: String?, of allowed: [String]) throws {
        guard let value, !allowed.contains(value) else { return }
        throw ValidationError("\(flag) '\(value)': expected \(allowed.joined(separator: " or "))")
    }
}
