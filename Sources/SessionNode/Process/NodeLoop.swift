import ClusterModel
import Edge
import Reactor

/// Everything of a node that lives on one loop: made together, and let go together.
final class NodeLoop {
    /// What a loop holds and has done, for metrics and heartbeats.
    struct Numbers: Sendable {
        let sessions: Int
        /// Of these, those whose owner is another node.
        let misplaced: Int
        let links: Int
        let queuedBytes: Int
        let counters: NodeCounters
        let edge: EdgeCounters
        /// Large messages of legs whose last chunk has not come.
        let incomplete: Int
        /// Legs whose gateway broke a rule, by code.
        let violations: [CloseCode: Int]
        /// Whether the delivery mode needs Redis and it answers; `nil` if it is not needed.
        let broadcastIsUp: Bool?
        let tls: TLSCounters
    }

    let context: NodeContext
    let links: LinkServer
    let peers: PeerLinks
    let edge: EdgeServer
    // The edge does not own its application, so it is kept here.
    private let clients: ClientServer

    init(_ loop: EventLoop, _ index: Int, _ plan: NodeFleet.Plan) {
        context = NodeContext(
            loop: loop, index: index, identity: plan.identity, application: plan.makeApplication(),
            logger: plan.logger, limits: plan.limits, broadcast: plan.broadcast, refreshRing: plan.refreshRing)
        links = LinkServer(context: context)
        peers = PeerLinks(context: context)
        clients = ClientServer(context: context, rules: plan.rules)
        edge = EdgeServer(loop: loop, limits: plan.limits, bounds: plan.bounds, application: clients)
        context.sessionsPerUser = plan.sessionsPerUser
        context.confirmRing = plan.confirmRing
        context.linkClient = plan.encryption.linkClient
        context.edge = edge
        links.start()
        peers.start()
    }

    var numbers: Numbers {
        Numbers(
            sessions: context.sessions.count, misplaced: context.misplacedSessions,
            links: context.links.count + context.peers.linkCount,
            queuedBytes: context.loop.queuedBytesInAll + context.backlogs.byteCount, counters: context.counters,
            edge: edge.counters, incomplete: context.assemblies.count, violations: context.violations.counts,
            broadcastIsUp: context.broadcast?.isUp, tls: context.loop.tlsCounters)
    }
}
