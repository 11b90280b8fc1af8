import Admission
import ClusterModel
import Edge
import HashRing
import Logging
import Reactor
import RingSync
import SessionLink
import TestClients

@testable import Gateway

/// A gateway of one loop, two services and one fake node, without Redis: the test puts the rings into the caches.
final class TestGateway: Sendable {
    let group = LoopGroup(count: 2, name: "gateway")
    let node = FakeNode.State()
    let caches: [RingCache]
    let refreshes = Journal<Void>()
    let suspicions = SuspicionMailbox()
    let fleet: GatewayFleet
    let nodeAddress: NodeAddress
    let address: SocketAddress
    private let keep: LoopBound<FakeNode>

    /// - Parameters: what the gateway and the fake node prove on links.
    init(secrets: LinkSecrets = .none, nodeSecrets: LinkSecrets = .none) async throws {
        caches = [RingCache(service: try ServiceName("chat")), RingCache(service: try ServiceName("game"))]
        let state = node
        state.secrets = nodeSecrets
        let (port, fake) = try await group.loops[1].run { loop in
            Result {
                let fake = FakeNode(state)
                let at = try loop.listen(on: SocketAddress(host: "127.0.0.1", port: 0), handler: loop.register(fake))
                return (at.port, LoopBound(fake, to: loop))
            }
        }.get()
        keep = fake
        guard let address = NodeAddress(host: "127.0.0.1", port: port) else { throw TestFailure("no address") }
        nodeAddress = address
        let refreshes = refreshes
        let services = caches.map { cache in
            GatewayShared.Service(name: cache.service, cache: cache, refresh: { refreshes.add(()) })
        }
        fleet = GatewayFleet(
            loops: group,
            shared: GatewayShared(
                id: "gateway-t", services: services,
                identity: IdentityRules(
                    source: .request(.query("user")), origins: OriginRules(allowed: ["https://app.example"])),
                limits: Self.limits, loops: group.loops.count, trust: LinkTrust { secrets },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, suspicions: suspicions))
        let listening = try await fleet.listen(host: "127.0.0.1", port: 0)
        self.address = try SocketAddress(host: "127.0.0.1", port: NodeAddress(listening)?.port ?? 0)
    }

    /// As the gateway's settings would have it: behind a message of full size there is room for a window and more.
    private static var limits: EdgeLimits {
        var limits = EdgeLimits()
        limits.queueBytes = 2 << 20
        return limits
    }

    /// Puts a ring in force whose only node is the fake one (or none).
    func adopt(
        epoch: UInt64, service: Int = 0, nodes: Int = 1, incarnation: UInt64 = 1, address: NodeAddress? = nil,
        plan: RebalancePlan? = nil
    ) throws {
        guard let epoch = Epoch(epoch), let incarnation = Incarnation(incarnation) else { throw TestFailure("epoch") }
        let cache = caches[service]
        let members = try (0..<nodes).map { index in
            RingDocument.Node(
                member: try RingMember(id: NodeID("node-\(index + 1)")), incarnation: incarnation,
                address: address ?? nodeAddress, url: NodeURL("ws://127.0.0.1:1/\(cache.service)"))
        }
        let document = RingDocument(service: cache.service, epoch: epoch, vnodes: 8, nodes: members, plan: plan)
        cache.adopt(try RingSnapshot(bytes: document.seal(), for: cache.service))
    }

    /// The next thing a loop suspects.
    func nextSuspicion() async throws -> SuspicionMailbox.Report {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            if let report = suspicions.take().first { return report }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw TestFailure("nothing is suspected")
    }

    /// A port on which nobody listens.
    func closedPort() async throws -> Int {
        let other = LoopGroup(count: 1, name: "closed")
        let state = node
        let port = try await other.loops[0].run { loop in
            Result {
                try loop.listen(
                    on: SocketAddress(host: "127.0.0.1", port: 0), handler: loop.register(FakeNode(state))
                ).port
            }
        }.get()
        other.stop()
        return port
    }

    func stop() {
        for cache in caches { cache.endObserving() }
        group.stop()
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func withGateway(
    secrets: LinkSecrets = .none, nodeSecrets: LinkSecrets = .none, _ body: (TestGateway) async throws -> Void
) async throws {
    let gateway = try await TestGateway(secrets: secrets, nodeSecrets: nodeSecrets)
    let result: Result<Void, any Error>
    do { result = .success(try await body(gateway)) } catch { result = .failure(error) }
    gateway.stop()
    try result.get()
}
