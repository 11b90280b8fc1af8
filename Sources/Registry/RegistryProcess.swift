import ClusterModel
import Logging
import Operations
import Reactor
import RedisLink
import RingSync
import ServiceLifecycle

/// The registry program: which parts there are, and who needs whom. No decision is made here.
public struct RegistryProcess: Sendable {
    private let configuration: RegistryConfiguration
    private let loops: LoopGroup
    private let redis: RedisClient
    private let directory: ServiceDirectory
    private let server: AdminServer
    private let address: Signature
    private let logger: Logger
    private let announce: @Sendable (String) -> Void

    /// Where the HTTP API listens, once it does; part of the name under which rings are written.
    private final class Signature: Sendable {
        let text = Locked("registry")
    }

    /// A registry with a program's settings, logger and ready line.
    public init(_ launch: Launch) async throws {
        let configuration = try RegistryConfiguration(launch.settings)
        configuration.credentials.keep(with: launch)
        try await self.init(
            configuration, tls: ProbeEncryption.client(launch), logger: launch.logger,
            droppedLogLines: { launch.logs.droppedLines }, announce: { launch.announce(["http": $0]) })
    }

    /// Puts a registry together; nothing runs yet but the reactor's loop and the connection to Redis.
    ///
    /// - Parameters:
    ///   - tls: what calls to nodes trust and show where links are TLS.
    ///   - announce: is told where the HTTP API listens, once it does.
    init(
        _ configuration: RegistryConfiguration, tls: TLSClient? = nil, logger: Logger,
        droppedLogLines: @escaping @Sendable () -> UInt64,
        announce: @escaping @Sendable (String) -> Void
    ) async throws {
        let loops = LoopGroup(count: 1, name: "registry")
        let loop = loops.loops[0]
        let url = configuration.redisURL
        let redis = RedisClient(on: loop, url: url, name: "ringway-registry") { state in
            let level: Logger.Level = state == .up ? .notice : .error
            logger.log(level: level, "\(state)", metadata: ["redis": "\(url)"])
        }
        let address = Signature()
        let probe = try await NodeProbe(on: loop, trust: configuration.credentials.trust, tls: tls)
        let directory = ServiceDirectory(
            configured: configuration.services, logger: logger,
            knownServices: { () async throws(ServiceStoreError) in try await Self.knownServices(redis, configuration) },
            makeLoop: { service in
                let store = RedisServiceStore(service, keyspace: configuration.keyspace, redis: redis) {
                    address.text.withLock(\.self)
                }
                return RegistryLoop(
                    service, timing: configuration.timing, store: store, caller: probe, logger: logger)
            })
        self.logger = logger
        self.announce = announce
        self.configuration = configuration
        self.loops = loops
        self.redis = redis
        self.directory = directory
        self.address = address
        server = AdminServer(
            host: configuration.host, port: configuration.port, access: configuration.credentials.access,
            logger: logger,
            readiness: { await Self.complaints(directory) },
            metrics: {
                await RegistryMetrics.families(
                    of: directory.all, redisIsUp: redis.state == .up, droppedLogLines: droppedLogLines())
            },
            routes: RegistryRoutes(
                directory: directory, timing: configuration.timing, networks: configuration.networks
            ).all)
    }

    /// The parts in the order in which they need each other: what is stopped last comes first.
    public var services: [any Service] {
        [
            Part(name: "reactor") {
                try? await gracefulShutdown()
                await redis.stop()
                loops.stop()
            },
            Part(name: "services") { await cancelWhenGracefulShutdown { await directory.run() } },
            server,
            Part(name: "ready") {
                let bound = try await server.boundAddress()
                address.text.withLock { $0 = "registry@\(bound)" }
                warnOfOpenDoor(bound)
                announce(bound)
                try? await gracefulShutdown()
            },
        ]
    }

    /// Without tokens it listens on loopback alone: the settings see to that.
    private func warnOfOpenDoor(_ bound: String) {
        if configuration.credentials.tokens != nil { return }
        logger.warning(
            "development mode: writes need no token; every process on this machine can change the ring",
            metadata: ["http": "\(bound)"])
    }

    private static func complaints(_ directory: ServiceDirectory) async -> [String] {
        var complaints: [String] = []
        for loop in await directory.all { complaints += await loop.complaints() }
        return complaints
    }

    private static func knownServices(
        _ redis: RedisClient, _ configuration: RegistryConfiguration
    ) async throws(ServiceStoreError) -> [ServiceName] {
        guard let any = configuration.services.first else { return [] }
        let publisher = RingPublisher(service: any, keyspace: configuration.keyspace, redis: redis)
        do throws(StoreError) {
            return try await publisher.services()
        } catch {
            throw ServiceStoreError(error)
        }
    }

    /// One part whose life is a closure.
    private struct Part: Service, CustomStringConvertible {
        let name: String
        let body: @Sendable () async throws -> Void
        var description: String { name }

        init(name: String, body: @escaping @Sendable () async throws -> Void) {
            self.name = name
            self.body = body
        }

        func run() async throws { try await body() }
    }
}
