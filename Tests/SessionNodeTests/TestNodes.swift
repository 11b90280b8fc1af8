import Admission
import ClusterModel
import Edge
import HashRing
import Logging
import Reactor
import RingSync
import SessionLink

@testable import SessionNode

/// Nodes inside the test's process: real loops, real links, real sockets; rings are handed to them instead of read from Redis.
final class TestNodes: Sendable {
    struct Node: Sendable {
        let fleet: NodeFleet
        let cache: RingCache
        let ports: NodeFleet.Ports
        let asked: AskedEpochs

        var link: SocketAddress { ports.link }
    }

    /// The epochs for which a node wanted to read the ring again.
    final class AskedEpochs: Sendable {
        private let epochs = Locked<[UInt64]>([])
        var all: [UInt64] { epochs.withLock { $0 } }
        func note(_ epoch: UInt64) { epochs.withLock { $0.append(epoch) } }
    }

    let nodes: [String: Node]
    let loops: Int

    init(
        _ names: [String], loops: Int = 1, limits: EdgeLimits = EdgeLimits(), secrets: LinkSecrets = .none,
        application: @escaping @Sendable () -> any Application = { Messenger() }
    ) async throws {
        var nodes: [String: Node] = [:]
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        for name in names {
            let asked = AskedEpochs()
            let fleet = NodeFleet(
                loops: LoopGroup(count: loops, name: name),
                plan: NodeFleet.Plan(
                    identity: NodeIdentity(
                        node: try NodeID(name), service: try Rings.service(), incarnation: .unknown, loops: loops,
                        trust: LinkTrust { secrets }, proofKey: try ProofKey.random()),
                    rules: IdentityRules(source: .request(.query("user"))), limits: limits, broadcast: nil,
                    logger: logger,
                    refreshRing: { asked.note($0) }, makeApplication: application))
            let ports = try await fleet.listen(host: "127.0.0.1", linkPort: 0, directPort: 0)
            let cache = RingCache(service: try Rings.service())
            fleet.follow(cache)
            nodes[name] = Node(fleet: fleet, cache: cache, ports: ports, asked: asked)
        }
        self.nodes = nodes
        self.loops = loops
    }

    subscript(name: String) -> Node {
        guard let node = nodes[name] else { preconditionFailure("no node \(name) in this test") }
        return node
    }

    /// The ring of these nodes, with their real addresses.
    func ring(
        _ epoch: UInt64, _ names: [String], draining: [String] = [], plan: RebalancePlan = .reconnectMoved,
        closeOver: Duration = .milliseconds(300)
    ) throws -> RingSnapshot {
        try Rings.snapshot(
            epoch, names, draining: draining, plan: plan, closeOver: closeOver,
            addresses: nodes.mapValues { $0.link.description }, loops: loops)
    }

    /// Gives the ring to these nodes (all, if none is named) and waits until all their loops hold it.
    func adopt(_ snapshot: RingSnapshot, at names: [String]? = nil) async throws {
        for name in names ?? Array(nodes.keys) {
            self[name].cache.adopt(snapshot)
            _ = await self[name].fleet.numbers()
        }
    }

    /// The loop that holds a user.
    func loop(of user: String, in ring: RingSnapshot) throws -> Int {
        Int(try Rings.hash(user, in: ring) % UInt64(loops))
    }

    /// A link to the loop of a node that holds the user, past its hello.
    func link(to node: String, for user: String, in ring: RingSnapshot) throws -> TestLink {
        let link = try TestLink(self[node].link)
        try link.hello(to: node, loop: try loop(of: user, in: ring), epoch: ring.epoch.value)
        return link
    }

    func stop() async {
        for node in nodes.values { await node.fleet.stop() }
    }
}

/// Asks again until it is true; false after twenty seconds.
func soon(_ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return false
}
