import Admission
import ClusterModel
import Edge
import Foundation
import Logging
import Operations
import Reactor
import RedisLink
import RingSync
import ServiceLifecycle

/// A node as a program: wiring only.
///
/// ```swift
/// @main enum Main {
///     static func main() async {
///         await NodeProcess.run { Shout() }       // an `Application` per loop
///     }
/// }
/// ```
public enum NodeProcess {
    /// Runs a node with the flags of `ringway-node`; `application` makes what each loop does with its sessions.
    public static func run(_ application: @escaping @Sendable () -> any Application) async -> Never {
        await run { _ in application }
    }

    /// Runs a node whose settings say what it does with its sessions.
    public static func run(
        choosing application: @escaping @Sendable (Settings) -> @Sendable () -> any Application
    ) async -> Never {
        await Program.node.run(grace: { $0[NodeSettings.drainOver] + NodeService.afterDrain }) { launch in
            try await services(launch, application(launch.settings))
        }
    }

    /// What `--application` says.
    public static func builtIn(_ settings: Settings) -> @Sendable () -> any Application {
        switch settings[NodeSettings.application] {
        case "echo": { Echo() }
        default: { Messenger() }
        }
    }

    /// Makes the services of a node from its settings, in the order in which they start.
    static func services(
        _ launch: Launch, _ application: @escaping @Sendable () -> any Application
    ) async throws -> [any Service] {
        let settings = try await NodeConfiguration(launch.settings)
        if settings.identity.needsTokens { launch.reloads.add("token keys") { try await settings.identity.reload() } }
        let credentials = try NodeCredentials(launch)
        let encryption = try Encryption(launch.settings, takesLinks: true)
        encryption.register(with: launch.reloads)
        var logger = launch.logger
        logger[metadataKey: "node"] = "\(settings.id)"
        let budget = ClientBudget(.ofThisProcess(), loops: settings.loops, settings: launch.settings)
        let bounds = budget.bounds(loops: settings.loops)
        logger.notice(
            "what this process can hold",
            metadata: Logger.Metadata(uniqueKeysWithValues: budget.facts.map { ($0.name, "\($0.value)") }))
        if budget.isShort { logger.warning("--max-clients is more than descriptors and memory hold") }
        let loops = LoopGroup(count: settings.loops, name: "node")
        let subscriber = RingSubscriber(
            cache: RingCache(service: settings.service), keyspace: settings.keyspace, url: settings.redis,
            on: loops.loops[0], name: settings.id.text
        ) { [logger] event in logger.log(level: event.isTrouble ? .warning : .info, "\(event)") }
        let identity = NodeIdentity(
            node: settings.id, service: settings.service, incarnation: incarnationNow(), loops: settings.loops,
            trust: credentials.trust, proofKey: credentials.proofKey)
        let fleet = NodeFleet(
            loops: loops,
            plan: NodeFleet.Plan(
                identity: identity, rules: settings.identity, limits: settings.limits,
                broadcast: Broadcast.Configuration(
                    redis: settings.redis, channel: settings.keyspace.broadcastChannel(settings.service),
                    name: settings.id.text),
                logger: logger, refreshRing: { _ in subscriber.refresh() }, makeApplication: application,
                bounds: bounds, sessionsPerUser: launch.settings[LimitSettings.maxSessionsPerUser],
                encryption: encryption, confirmRing: { done in subscriber.refresh(done) }))
        let registration = Registration()
        let admin = AdminServer(
            host: settings.adminHost, port: settings.adminPort, access: credentials.access, logger: logger,
            readiness: { registration.problems(ring: subscriber.cache.current) },
            metrics: {
                await NodeMetrics.families(fleet, subscriber) { refused in
                    PressureMetrics.families(budget, bounds, refused: ["user": refused])
                } + LogMetrics.families(launch.logs)
            })
        let node = NodeService(
            settings: settings, credentials: credentials, identity: identity, fleet: fleet, subscriber: subscriber,
            admin: admin,
            registration: registration, logger: logger, launch: launch)
        return [admin, node]
    }

    /// The start in Unix milliseconds: a later run of the same node has a higher one.
    private static func incarnationNow() -> Incarnation {
        Incarnation(UInt64(max(0, Date().timeIntervalSince1970 * 1000))) ?? .unknown
    }
}
