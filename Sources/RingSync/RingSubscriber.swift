import ClusterModel
import Reactor
import RedisLink

/// Keeps a `RingCache` on the newest ring of its service: subscribes, reads, reads again, refuses what must not be adopted.
///
/// One per service and process, with two connections on the loop it is given. While Redis is away the cache keeps the ring it
/// has; nothing here is ever waited for by a client's message.
public final class RingSubscriber: Sendable {
    /// The cache that is kept.
    public let cache: RingCache

    private let loop: LoopHandle
    private let configuration: Configuration
    private let running = Locked<LoopBound<Follower>?>(nil)
    private let status = RingSubscriberStatus()

    struct Configuration: Sendable {
        let keyspace: Keyspace
        let url: RedisURL
        let name: String
        let limits: RedisLimits
        let log: @Sendable (RingSyncEvent) -> Void
    }

    /// A subscriber that is not yet started.
    ///
    /// - Parameters:
    ///   - loop: carries the two connections; rings are built elsewhere.
    ///   - name: what CLIENT LIST shows, e.g. the process's id.
    ///   - log: called on the loop or on a task's thread, once per change and not once per attempt; must not block.
    public init(
        cache: RingCache, keyspace: Keyspace, url: RedisURL, on loop: LoopHandle, name: String = "ringway",
        limits: RedisLimits = RedisLimits(), log: @escaping @Sendable (RingSyncEvent) -> Void = { _ in }
    ) {
        self.cache = cache
        self.loop = loop
        configuration = Configuration(keyspace: keyspace, url: url, name: name, limits: limits, log: log)
    }

    /// Connects and goes on for as long as it takes. A second call does nothing.
    public func start() {
        loop.post { [self] loop in
            guard running.withLock({ $0 == nil }) else { return }
            let follower = Follower(cache: cache, configuration: configuration, status: status, on: loop)
            let bound = LoopBound(follower, to: loop)
            running.withLock { $0 = bound }
            follower.start()
        }
    }

    /// Ends both connections; the cache keeps its ring and lets its observers go. Call it before the loop ends. It cannot be started again.
    public func stop() async {
        cache.endObserving()
        _ = try? await loop.run { [self] loop in
            let follower = running.withLock { running in
                defer { running = nil }
                return running
            }
            follower?.value(on: loop).stop()
        }
    }

    /// Someone (a peer's frame, a client's refusal) has seen a higher epoch: read now, at most ten times a second.
    public func refresh() {
        loop.post { [self] loop in running.withLock { $0 }?.value(on: loop).refresh() }
    }

    /// Reads the store as `refresh()` does and calls back when a read that began after this call is over and the cache holds
    /// what it found, the same ring as before or a newer one. While Redis is away it waits.
    ///
    /// - Parameter done: called once, on the subscriber's loop; dropped when the subscriber is stopped.
    public func refresh(_ done: @escaping @Sendable () -> Void) {
        loop.post { [self] loop in running.withLock { $0 }?.value(on: loop).refresh(done) }
    }

    /// Whether commands to Redis are answered.
    public var redis: RedisState { status.content.withLock { $0.redis } }
    /// Whether the ring's channel is subscribed and proved alive.
    public var subscription: RedisState { status.content.withLock { $0.subscription } }
    /// When the store was last read with success; nil if never.
    public var lastAnswer: ContinuousClock.Instant? { status.content.withLock { $0.lastAnswer } }
}

/// What a subscriber's loop knows of itself, for metrics on other threads.
final class RingSubscriberStatus: Sendable {
    struct Content {
        var redis = RedisState.starting
        var subscription = RedisState.starting
        var lastAnswer: ContinuousClock.Instant?
    }

    let content = Locked(Content())
}

/// What is worth a line in the log.
public enum RingSyncEvent: Sendable, Hashable, CustomStringConvertible {
    /// The command connection changed its state.
    case redis(RedisState)
    /// The subscription changed its state.
    case subscription(RedisState)
    /// A newer ring is in force in this process.
    case adopted(Epoch, nodes: Int)
    /// A document was refused; told once, not at every read that finds it again.
    case refused(RingRefusal)

    /// True for what a person should look at.
    public var isTrouble: Bool {
        switch self {
        case .redis(let state), .subscription(let state): state != .up && state != .starting
        case .adopted: false
        case .refused: true
        }
    }

    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .redis(let state): state.description
        case .subscription(let state): "ring subscription: \(state)"
        case .adopted(let epoch, let nodes): "ring of epoch \(epoch) with \(nodes) nodes adopted"
        case .refused(let refusal): refusal.description
        }
    }
}
