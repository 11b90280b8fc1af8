import Admission
import ClusterModel
import Edge
import Logging
import Operations
import Reactor
import RedisLink
import RingSync
import ServiceLifecycle

/// A gateway as a program: wiring only.
public enum GatewayProcess {
    /// Makes the services of a gateway from its settings, in the order in which they start.
    ///
    /// - Throws: `SettingsRefused` for settings that only prove impossible together.
    public static func services(_ launch: Launch) async throws -> [any Service] {
        let settings = try await GatewayConfiguration(launch.settings)
        if settings.identity.needsTokens { launch.reloads.add("token keys") { try await settings.identity.reload() } }
        let credentials = try GatewayCredentials(launch)
        let encryption = try Encryption(launch.settings, takesLinks: false)
        encryption.register(with: launch.reloads)
        let budget = ClientBudget(.ofThisProcess(), loops: settings.loops, settings: launch.settings)
        let bounds = budget.bounds(loops: settings.loops)
        launch.logger.notice(
            "what this process can hold",
            metadata: Logger.Metadata(uniqueKeysWithValues: budget.facts.map { ($0.name, "\($0.value)") }))
        if budget.isShort { launch.logger.warning("--max-clients is more than descriptors and memory hold") }
        let loops = LoopGroup(count: settings.loops, name: "gateway")
        let subscribers = settings.services.map { subscriber($0, settings, loops, launch.logger) }
        let services = subscribers.map { subscriber in
            GatewayShared.Service(
                name: subscriber.cache.service, cache: subscriber.cache, refresh: { subscriber.refresh() })
        }
        let suspicions = SuspicionReporter(
            SuspicionMailbox(), gateway: settings.id, registries: settings.registries,
            tokens: credentials.registryTokens, logger: launch.logger)
        let fleet = GatewayFleet(
            loops: loops,
            shared: GatewayShared(
                id: settings.id, services: services, identity: settings.identity, limits: settings.limits,
                loops: loops.loops.count, trust: credentials.trust, logger: launch.logger, bounds: bounds,
                encryption: encryption,
                suspicions: settings.registries.isEmpty ? nil : suspicions.mailbox))
        let admin = AdminServer(
            host: settings.adminHost, port: settings.adminPort, access: credentials.access, logger: launch.logger,
            readiness: {
                services.filter { $0.cache.current == nil }.map { "no ring of service \($0.name) yet" }
            },
            metrics: {
                await GatewayMetrics.families(fleet, subscribers) + PressureMetrics.families(budget, bounds)
                    + suspicions.metrics + LogMetrics.families(launch.logs)
            })
        let data = GatewayService(
            settings: settings, fleet: fleet, subscribers: subscribers, admin: admin, launch: launch)
        return [suspicions, admin, data]
    }

    /// Follows one service's ring; its connections live on the first loop.
    private static func subscriber(
        _ name: ServiceName, _ settings: GatewayConfiguration, _ loops: LoopGroup, _ logger: Logger
    ) -> RingSubscriber {
        RingSubscriber(
            cache: RingCache(service: name), keyspace: settings.keyspace, url: settings.redis, on: loops.loops[0],
            name: settings.id
        ) { event in
            logger.log(level: event.isTrouble ? .warning : .info, "\(event)", metadata: ["service": "\(name)"])
        }
    }
}

/// The data port's life: subscribe, listen, say so; at the end close the clients and stop the loops.
private struct GatewayService: Service {
    let settings: GatewayConfiguration
    let fleet: GatewayFleet
    let subscribers: [RingSubscriber]
    let admin: AdminServer
    let launch: Launch

    /// How long clients may take to answer the close; below the patience of most supervisors.
    private static let goodbye = Duration.seconds(2)

    func run() async throws {
        for subscriber in subscribers { subscriber.start() }
        let data = try await fleet.listen(host: settings.host, port: settings.port)
        if case .request(let place) = settings.identity.source {
            launch.logger.warning(
                "users are not verified: whoever can reach the data port can be any user",
                metadata: ["user-from": "\(place)"])
        }
        launch.announce(["id": settings.id, "data": data, "admin": try await admin.boundAddress()])
        try await gracefulShutdown()
        await fleet.close(within: Self.goodbye)
        for subscriber in subscribers { await subscriber.stop() }
        fleet.loops.stop()
    }
}
