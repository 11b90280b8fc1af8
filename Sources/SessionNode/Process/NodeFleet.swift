import Admission
import ClusterModel
import Edge
import Logging
import Reactor
import RingSync

/// All loops of one node, and what they share.
final class NodeFleet: Sendable {
    /// The addresses a fleet listens on, with their real ports.
    struct Ports: Sendable {
        let link: SocketAddress
        let direct: SocketAddress
    }

    /// What each loop is made with.
    struct Plan: Sendable {
        let identity: NodeIdentity
        let rules: IdentityRules
        let limits: EdgeLimits
        let broadcast: Broadcast.Configuration?
        let logger: Logger
        let refreshRing: @Sendable (UInt64) -> Void
        let makeApplication: @Sendable () -> any Application
        /// How many clients all loops together take on their own sockets.
        var bounds = ProcessBounds()
        /// Sessions of one user.
        var sessionsPerUser = Int.max
        /// Towards clients and on links.
        var encryption = Encryption()
        /// Reads the ring and calls back then.
        var confirmRing: (@Sendable (@escaping @Sendable () -> Void) -> Void)?
    }

    let loops: LoopGroup
    /// Towards clients and on links.
    var encryption: Encryption { plan.encryption }
    private let plan: Plan
    private let parts = Locked<[LoopBound<NodeLoop>]>([])

    init(loops: LoopGroup, plan: Plan) {
        self.loops = loops
        self.plan = plan
    }

    /// Makes the loops' parts, introduces them to each other, and takes links and clients.
    func listen(host: String, linkPort: Int, directPort: Int) async throws -> Ports {
        let linkAddress = try SocketAddress(host: host, port: linkPort)
        let directAddress = try SocketAddress(host: host, port: directPort)
        var made: [LoopBound<NodeLoop>] = []
        for (index, handle) in loops.loops.enumerated() {
            made.append(try await handle.run { [plan] loop in LoopBound(NodeLoop(loop, index, plan), to: loop) })
        }
        let contexts = try await Self.contexts(of: made)
        for part in made { try await part.loop.run { part.value(on: $0).context.siblings = contexts } }
        parts.withLock { [made] in $0 = made }
        // The links come first: a client's message may need another node at once, nobody's link needs a client.
        let encryption = plan.encryption
        let link = try await made[0].loop.run { [first = made[0]] loop in
            Result { () throws(ReactorError) in
                try first.value(on: loop).links.listen(on: linkAddress, tls: encryption.linkServer)
            }
        }.get()
        var direct = directAddress
        for part in made {
            let wanted = direct
            direct = try await part.loop.run { loop in
                Result { () throws(ReactorError) in
                    try part.value(on: loop).edge.listen(on: wanted, tls: encryption.clients)
                }
            }.get()
        }
        return Ports(link: link, direct: direct)
    }

    private static func contexts(of parts: [LoopBound<NodeLoop>]) async throws -> [LoopBound<NodeContext>] {
        var contexts: [LoopBound<NodeContext>] = []
        for part in parts {
            contexts.append(try await part.loop.run { LoopBound(part.value(on: $0).context, to: $0) })
        }
        return contexts
    }

    /// Tells every loop of the ring that is held and of every newer one.
    func follow(_ cache: RingCache) {
        let all = parts.withLock { $0 }
        cache.observe { snapshot in
            for part in all { part.loop.post { part.value(on: $0).context.adopt(snapshot) } }
        }
    }

    /// Begins to close every session with 4002, spread over `time`. New ones are refused from now on.
    func drain(over time: Duration) {
        for part in parts.withLock({ $0 }) { part.loop.post { part.value(on: $0).context.drain(over: time) } }
    }

    /// Takes no more links and clients.
    func stopListening() {
        for part in parts.withLock({ $0 }) {
            part.loop.post { loop in
                part.value(on: loop).edge.stopListening()
                part.value(on: loop).links.stopListening()
            }
        }
    }

    /// How many sessions there are.
    func sessions() async -> Int { await numbers().reduce(0) { $0 + $1.sessions } }

    /// How many clients' own sockets are open, those included whose session is over and whose close is on its way.
    func openClients() async -> Int { await numbers().reduce(0) { $0 + $1.edge.open } }

    /// What each loop holds and has done.
    func numbers() async -> [NodeLoop.Numbers] {
        var all: [NodeLoop.Numbers] = []
        for part in parts.withLock({ $0 }) {
            if let numbers = try? await part.loop.run({ part.value(on: $0).numbers }) { all.append(numbers) }
        }
        return all
    }

    /// Ends the loops' threads. Whatever is still open is closed hard.
    func stop() async {
        let all = parts.withLock { parts in
            defer { parts = [] }
            return parts
        }
        for part in all { _ = try? await part.loop.run { part.value(on: $0).context.tearDown() } }
        loops.stop()
        withExtendedLifetime(all) {}
    }
}
