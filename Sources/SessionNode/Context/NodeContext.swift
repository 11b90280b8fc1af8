import ClusterModel
import Edge
import HashRing
import Logging
import Reactor
import SessionLink
import WebSocketWire

/// One event loop's part of a node: its sessions, its view of the ring, and the ways out. What an `Application` acts with.
///
/// It lives on its loop and is not for sharing; other threads come in with `handle.post`. The parts that speak a protocol
/// (`LinkServer`, `PeerLinks`, `ClientServer`) hold on to the context, never the other way round, so nothing keeps itself alive.
public final class NodeContext {
    /// The loop.
    public let loop: EventLoop
    /// The way to this loop from tasks and other threads.
    public var handle: LoopHandle { loop.handle }
    /// This node's id.
    public var node: NodeID { identity.node }
    /// The service whose users this node holds.
    public var service: ServiceName { identity.service }
    /// The epoch of the ring that this loop holds; 0 before the first.
    public var epoch: UInt64 { ring.epoch }

    let identity: NodeIdentity
    let loopIndex: Int
    let application: any Application
    let logger: Logger
    /// Where the delivery mode `broadcast` publishes; `nil` in tests without Redis.
    let broadcastConfiguration: Broadcast.Configuration?
    /// Asks for the ring to be read again, since somebody knows a higher epoch.
    let refreshRing: @Sendable (UInt64) -> Void

    /// Reads the ring, however high the epoch held is, and calls back once the ring held is as new as the store's was when it
    /// was asked; nil in tests without a store.
    var confirmRing: (@Sendable (@escaping @Sendable () -> Void) -> Void)?

    let sessions = SessionTable()
    /// How many sessions one user may have.
    var sessionsPerUser = Int.max
    /// What links to other nodes trust and show; nil if links are without TLS.
    var linkClient: TLSClient?
    var ring: RingView
    var counters = NodeCounters()
    /// Legs whose gateway broke a rule.
    var violations = LegViolations()

    /// The gateways' and nodes' links that this loop serves.
    var links: [SocketID: ServedLink] = [:]
    var unproven: UnprovenLinks
    var backlogs: Backlogs
    /// What the loop was told of the backlogs' bytes.
    var toldBacklog = 0
    /// Large messages of legs that are not complete; only those have an entry.
    var assemblies: [SessionRef: MessageAssembly] = [:]
    /// Bytes of a client's message; the edge holds those who come directly to the same.
    let maxMessageBytes: Int
    var parked = ParkedAttaches()
    /// The loop's registration as a handler of served links; set before the first link comes.
    var linkHandler: HandlerID?

    /// The clients' own sockets.
    var edge: EdgeServer?
    var clients = ClientSessions()

    let peers = PeerTable()
    var pending = PendingResults()
    /// Frames for the node's other loops, handed over once per loop round.
    var outboxes: [[UInt8]]
    /// The node's other loops, by index; this one's own entry is never used.
    var siblings: [LoopBound<NodeContext>] = []
    /// The delivery mode `broadcast`, once the ring asks for it.
    var broadcast: Broadcast?

    var follower = RingFollower()
    var closing: PacedClose?
    /// Counts the plans of closes, so that a timer of an older plan does nothing.
    var closeRun = 0
    /// Whether the process is on its way out.
    var isDraining = false
    /// How many questions had been asked when the ring last changed.
    var lastMove: UInt64 = 0
    /// When the regular look at links and deadlines was last taken; nil before the first.
    var sweptAt: MonotonicTime?
    /// Sessions that move behind their clients' sockets; nil until a gateway brings the first one.
    var rehoming: NodeRehoming?
    var parkedMessages = ParkedMessages()
    /// Recipients of the message being delivered; lent out and taken back, so that in the long run nothing is allocated.
    var recipients: [SessionRef] = []

    init(
        loop: EventLoop, index: Int, identity: NodeIdentity, application: any Application, logger: Logger,
        limits: EdgeLimits = EdgeLimits(), broadcast: Broadcast.Configuration? = nil,
        refreshRing: @escaping @Sendable (UInt64) -> Void
    ) {
        self.loop = loop
        loopIndex = index
        self.identity = identity
        self.application = application
        self.logger = logger
        broadcastConfiguration = broadcast
        self.refreshRing = refreshRing
        maxMessageBytes = Int(limits.message.maxMessageBytes)
        // Behind a message of full size there may be the answers to all that its client may still send by its leg.
        backlogs = Backlogs(bound: limits.queueBytes + Int(Credit.window))
        ring = RingView(me: identity.node)
        unproven = UnprovenLinks(loops: identity.loops)
        outboxes = Array(repeating: [], count: identity.loops)
    }

    /// The bytes of a session's user; `nil` if it is over. Good until the session ends.
    public func user(of session: SessionRef) -> UnsafeRawBufferPointer? {
        sessions.session(session)?.user
    }

    /// A session's identity; `nil` if it is over.
    public func id(of session: SessionRef) -> SessionID? {
        sessions.session(session)?.id
    }

    /// Lets go of what would keep the loops' contexts alive through each other. The last thing that happens to a context.
    func tearDown() {
        rehoming = nil
        broadcast?.stop()
        broadcast = nil
        siblings = []
        edge = nil
        closing = nil
    }
}

@available(*, unavailable)
extension NodeContext: Sendable {}
