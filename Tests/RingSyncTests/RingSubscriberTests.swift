import ClusterModel
import HashRing
import RedisLink
import RingSync
import TestRedis
import Testing

@Suite(.serialized) struct RingSubscriberTests {
    private func commit(_ live: LiveRing, _ snapshot: RingSnapshot) async throws {
        let publisher = try live.publisher(snapshot.service.text)
        try await publisher.commit(RingCommit(snapshot, cause: "test", by: "test", at: 1), deadline: .seconds(5))
    }

    /// Whether one of five rings is adopted far sooner than the next turn would find it, which comes 2.4 s after a read at the
    /// earliest. Each begins just after a read; a machine that stands still for so long gets another try.
    private func isAdoptedAtOnce(
        _ events: Events<RingSyncEvent>, from first: UInt64, _ change: (UInt64) async throws -> Void
    ) async throws -> Bool {
        for epoch in first..<first + 5 {
            let began = ContinuousClock.now
            try await change(epoch)
            #expect(await events.adopted(epoch))
            if ContinuousClock.now - began < .seconds(1.5) { return true }
        }
        return false
    }

    @Test("A ring that is stored already is read; one that is committed later is adopted at once, short or long")
    func follows() async throws {
        let live = try LiveRing()
        try await commit(live, try Rings.snapshot(1, "a"))
        let cache = RingCache(service: try Rings.service())
        let events = Events<RingSyncEvent>()
        let subscriber = try live.subscriber(cache, events: events)
        #expect(await events.adopted(1))
        #expect(await events.subscribed())
        for (first, nodes) in [(2 as UInt64, (0..<200).map { "node-\($0)" }), (10, ["a", "b"])] {
            let isAnnounced = try await isAdoptedAtOnce(events, from: first) { epoch in
                let ring = try Rings.snapshot(epoch, nodes)
                #expect((ring.bytes.count > 16 << 10) == (nodes.count > 2))
                try await commit(live, ring)
            }
            #expect(isAnnounced && cache.current?.nodes.count == nodes.count)
        }
        #expect(subscriber.redis == .up && subscriber.subscription == .up && subscriber.lastAnswer != nil)
        await live.stop(subscriber)
    }

    @Test("What was never announced is found by reading again, or at once by refresh")
    func missed() async throws {
        let live = try LiveRing()
        let cache = RingCache(service: try Rings.service())
        let events = Events<RingSyncEvent>()
        let subscriber = try live.subscriber(cache, events: events)
        #expect(await events.subscribed())
        func store(_ ring: RingSnapshot) throws {
            let document = String(decoding: ring.bytes, as: UTF8.self)
            try live.server.cli(
                "HSET", "ringway:{chat}:ring", "document", document, "epoch", "\(ring.epoch)", "digest",
                Hex16.string(ring.digest))
        }
        try store(try Rings.snapshot(1, "a"))
        #expect(await events.adopted(1))
        let isRefreshed = try await isAdoptedAtOnce(events, from: 2) { epoch in
            try store(try Rings.snapshot(epoch, "a", "b"))
            subscriber.refresh()
        }
        #expect(isRefreshed)
        await live.stop(subscriber)
    }

    @Test("A lower epoch, a bad digest, another service's ring and noise are counted, told once and ignored")
    func refuses() async throws {
        let live = try LiveRing()
        try await commit(live, try Rings.snapshot(5, "a"))
        let cache = RingCache(service: try Rings.service())
        let events = Events<RingSyncEvent>()
        let subscriber = try live.subscriber(cache, events: events)
        #expect(await events.adopted(5))
        #expect(await events.subscribed())
        var spoilt = try Rings.bytes(9, ["a", "b"])
        spoilt[spoilt.count - 5] ^= 1
        let messages: [[UInt8]] = [
            try Rings.bytes(4, ["a"]), spoilt, try Rings.bytes(9, ["x"], service: "game"), Array("noise".utf8),
            try Rings.bytes(5, ["other"]),
        ]
        for (index, message) in messages.enumerated() {
            _ = try await live.redis.command("PUBLISH", "ringway:{chat}:ring", RedisArgument(message))
            #expect(
                await events.wait { events in
                    events.filter { if case .refused = $0 { true } else { false } }.count == index + 1
                }, "message \(index)")
        }
        #expect(cache.refusals == ["lower_epoch": 1, "digest": 1, "service": 1, "unreadable": 1, "conflict": 1])
        #expect(cache.current?.epoch.value == 5)
        await live.stop(subscriber)
    }

    @Test("Two services on one Redis never see each other's ring")
    func services() async throws {
        let live = try LiveRing()
        let chat = RingCache(service: try Rings.service("chat"))
        let game = RingCache(service: try Rings.service("game"))
        let events = (Events<RingSyncEvent>(), Events<RingSyncEvent>())
        let subscribers = (try live.subscriber(chat, events: events.0), try live.subscriber(game, events: events.1))
        try await commit(live, try Rings.snapshot(1, ["c"], service: "chat"))
        try await commit(live, try Rings.snapshot(2, ["g"], service: "game"))
        #expect(await events.0.adopted(1))
        #expect(await events.1.adopted(2))
        #expect(chat.current?.nodes.map(\.id.text) == ["c"] && game.current?.nodes.map(\.id.text) == ["g"])
        #expect(chat.refusals.isEmpty && game.refusals.isEmpty)
        await live.stop(subscribers.0, subscribers.1)
    }

    @Test("Redis killed: the ring stays; Redis back and empty: the ring stays; a new ring is adopted")
    func killed() async throws {
        let live = try LiveRing()
        try await commit(live, try Rings.snapshot(5, "a"))
        let cache = RingCache(service: try Rings.service())
        let events = Events<RingSyncEvent>()
        let subscriber = try live.subscriber(cache, events: events)
        #expect(await events.adopted(5))
        #expect(await events.subscribed())
        live.server.kill()
        #expect(await events.wait { $0.isTrouble })
        #expect(cache.current?.epoch.value == 5)
        try live.server.restart()
        #expect(await events.subscribed(2))
        #expect(cache.current?.epoch.value == 5)
        try await commit(live, try Rings.snapshot(6, "a", "b"))
        #expect(await events.adopted(6))
        await live.stop(subscriber)
    }

    @Test("Redis stopped for a while: told once, the ring stays, what was committed meanwhile is adopted")
    func suspended() async throws {
        let live = try LiveRing()
        try await commit(live, try Rings.snapshot(1, "a"))
        let cache = RingCache(service: try Rings.service())
        let events = Events<RingSyncEvent>()
        let subscriber = try live.subscriber(cache, events: events)
        #expect(await events.adopted(1))
        #expect(await events.subscribed())
        live.server.suspend()
        #expect(await events.wait { if case .redis(.unreachable) = $0 { true } else { false } })
        #expect(await events.wait { if case .subscription(.unreachable) = $0 { true } else { false } })
        #expect(cache.current?.epoch.value == 1)
        live.server.resume()
        try await commit(live, try Rings.snapshot(2, "b"))
        #expect(await events.adopted(2))
        #expect(events.all.filter { if case .redis(.unreachable) = $0 { true } else { false } }.count == 1)
        await live.stop(subscriber)
    }

    @Test("Redis absent at the start: one line of trouble for each connection, then the ring when it comes")
    func absent() async throws {
        let live = try LiveRing()
        live.server.kill()
        let cache = RingCache(service: try Rings.service())
        let events = Events<RingSyncEvent>()
        let subscriber = try live.subscriber(cache, events: events)
        #expect(await events.wait { $0.filter(\.isTrouble).count == 2 })
        // Long enough for many more attempts.
        #expect(await events.wait(within: .milliseconds(800)) { $0.filter(\.isTrouble).count > 2 } == false)
        try live.server.restart()
        try await commit(live, try Rings.snapshot(1, "a"))
        #expect(await events.adopted(1))
        await live.stop(subscriber)
    }

    @Test("The ACL of redis/keyspace.md is enough for a reader, and not enough to write")
    func acl() async throws {
        let live = try LiveRing([
            "--user", "ringway-reader", "on", ">pw", "resetchannels", "&ringway:*", "%R~ringway:{*}:ring", "+hmget",
            "+hget",
            "+publish", "+subscribe", "+ping", "+select", "+client|setname",
        ])
        try await commit(live, try Rings.snapshot(1, "a"))
        let cache = RingCache(service: try Rings.service())
        let events = Events<RingSyncEvent>()
        let subscriber = try live.subscriber(cache, login: "ringway-reader:pw@", events: events)
        #expect(await events.adopted(1))
        #expect(await events.subscribed())
        try await commit(live, try Rings.snapshot(2, "a"))
        #expect(await events.adopted(2))
        #expect(!events.all.contains { $0.isTrouble })
        #expect(
            try live.server.cli("--user", "ringway-reader", "--pass", "pw", "HSET", "ringway:{chat}:ring", "epoch", "9")
                .contains("NOPERM"))
        await live.stop(subscriber)
    }
}
