import ClusterModel
import Reactor
import RedisLink
import RingSync
import TestRedis

/// A loop, a publisher and subscribers on one test's own Redis.
final class LiveRing: Sendable {
    let server: RedisServer
    let group: LoopGroup
    let redis: RedisClient
    let keyspace = Keyspace.standard

    init(_ arguments: [String] = [], login: String = "") throws {
        server = try RedisServer(arguments)
        group = LoopGroup(count: 1, name: "ring")
        redis = RedisClient(on: group.loops[0], url: try RedisURL(server.url(login: login)), name: "publisher")
    }

    func publisher(_ service: String = "chat") throws -> RingPublisher {
        RingPublisher(service: try ServiceName(service), keyspace: keyspace, redis: redis)
    }

    func subscriber(
        _ cache: RingCache, login: String = "", events: Events<RingSyncEvent> = Events()
    ) throws -> RingSubscriber {
        let subscriber = RingSubscriber(
            cache: cache, keyspace: keyspace, url: try RedisURL(server.url(login: login)), on: group.loops[0],
            name: "reader"
        ) { events.post($0) }
        subscriber.start()
        return subscriber
    }

    func stop(_ subscribers: RingSubscriber...) async {
        for subscriber in subscribers { await subscriber.stop() }
        await redis.stop()
        group.stop()
    }
}

extension Events<RingSyncEvent> {
    func adopted(_ epoch: UInt64, within deadline: Duration = .seconds(20)) async -> Bool {
        await wait(within: deadline) { if case .adopted(let seen, _) = $0 { seen.value == epoch } else { false } }
    }

    func subscribed(_ count: Int = 1, within deadline: Duration = .seconds(20)) async -> Bool {
        await wait(within: deadline) { events in events.filter { $0 == .subscription(.up) }.count >= count }
    }
}
