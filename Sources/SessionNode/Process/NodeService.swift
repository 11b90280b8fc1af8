import ClusterModel
import HashRing
import Logging
import Operations
import Reactor
import RingSync
import ServiceLifecycle

/// A node's life: follow the ring, listen, say so, register; at the end hand the users away, sign off, stop.
struct NodeService: Service {
    /// What the end may take besides the drain itself: the registry's calls, the new ring, the last close handshakes.
    static let afterDrain = Duration.seconds(15)
    /// How long a new ring without this node is waited for.
    private static let ringPatience = Duration.seconds(5)
    /// How long the last clients may take to answer their close frame.
    private static let goodbye = Duration.seconds(2)

    let settings: NodeConfiguration
    let credentials: NodeCredentials
    let identity: NodeIdentity
    let fleet: NodeFleet
    let subscriber: RingSubscriber
    let admin: AdminServer
    let registration: Registration
    let logger: Logger
    let launch: Launch

    func run() async throws {
        subscriber.start()
        let ports = try await fleet.listen(
            host: settings.host, linkPort: settings.linkPort, directPort: settings.directPort)
        fleet.follow(subscriber.cache)
        let record = try settings.record(
            incarnation: identity.incarnation, linkPort: ports.link.port, directPort: ports.direct.port,
            isSecure: fleet.encryption.clients != nil)
        let registry = RegistryClient(
            NodeRegistration(record, proofKey: identity.proofKey), service: settings.service,
            registries: settings.registries, tokens: credentials.registryTokens, logger: logger,
            heardEpoch: { [subscriber] epoch in
                if epoch > subscriber.cache.current?.epoch.value ?? 0 { subscriber.refresh() }
            },
            report: { [fleet, subscriber] in
                RegistryClient.Report(epoch: subscriber.cache.current?.epoch, sessions: await fleet.sessions())
            })
        registration.begin(registry)
        if case .request(let place) = settings.identity.source {
            logger.warning(
                "users are not verified: whoever can reach the direct port can be any user",
                metadata: ["user-from": "\(place)"])
        }
        launch.announce([
            "id": settings.id.text, "link": ports.link.description, "direct": ports.direct.description,
            "admin": try await admin.boundAddress(),
        ])
        do {
            try await serve(registry)
        } catch {
            logger.critical("the node stops serving", metadata: ["reason": "\(error)"])
            await stop(over: .zero)
            await fleet.stop()
            throw error
        }
        if !(await registry.leave()) { logger.warning("no registry took the goodbye; the lease will run out") }
        await fleet.stop()
    }

    /// Serves until the last session was handed away after the process was told to stop. Reports to the registry all the
    /// while: a node that fell silent would be taken for dead, and its gateways would drop the sessions it is handing away.
    private func serve(_ registry: RegistryClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await registry.run() }
            group.addTask {
                try await gracefulShutdown()
                await handUsersAway(registry)
                await stop(over: settings.drainOver)
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// The registry gives the users to others first, so that those who are closed find their new owner.
    private func handUsersAway(_ registry: RegistryClient) async {
        registration.end()
        registry.beginLeaving()
        guard await registry.drain() else {
            return logger.warning("no registry took the wish to drain; sessions are closed all the same")
        }
        let end = ContinuousClock.now + Self.ringPatience
        while ownsUsers, ContinuousClock.now < end, !Task.isCancelled {
            subscriber.refresh()
            // The ring is observed by the loops; whoever waits for one only this once looks at the cache, as often as it is read.
            try? await Task.sleep(for: .milliseconds(50))
        }
        if ownsUsers { logger.warning("the ring still names this node; sessions are closed all the same") }
    }

    private var ownsUsers: Bool {
        guard let snapshot = subscriber.cache.current else { return false }
        return snapshot.node(settings.id).map { $0.weight > 0 } ?? false
    }

    /// Closes the sessions, waits for the last, and takes nobody new.
    private func stop(over time: Duration) async {
        let before = await fleet.sessions()
        logger.notice("sessions are handed away", metadata: ["sessions": "\(before)", "over": "\(time)"])
        fleet.drain(over: time)
        let end = ContinuousClock.now + time + .seconds(1)
        // Loops count and know nobody who waits for the last one: asked here and below, since an end is no hurry.
        while await fleet.sessions() > 0, ContinuousClock.now < end, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        fleet.stopListening()
        let goodbye = ContinuousClock.now + Self.goodbye
        while await fleet.openClients() > 0, ContinuousClock.now < goodbye, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        await subscriber.stop()
    }
}
