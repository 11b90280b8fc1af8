import ClusterModel
import Foundation
import HashRing
import Operations
import TestRedis
import Testing

@testable import Registry

/// Deaths, absences and returns, with the real clock.
@Suite(.timeLimit(.minutes(3))) struct RegistryLifeTests {
    @Test func `a node that falls silent leaves the ring when its lease is over, and only it`() async throws {
        try await RunningRegistry.run(on: RedisServer(), timing: Sample.shortLease) { registry in
            let nodes = try await ["n1", "n2"].asyncMap { try await FakeNode(.accept(node: $0, incarnation: 1)) }
            for (id, node) in zip(["n1", "n2"], nodes) {
                #expect(try await registry.register(id, at: node.address) == "201")
            }
            try await registry.awaitRing(keeping: ["n1", "n2"]) { $0.ids == ["n1", "n2"] }
            let beforeLast = ContinuousClock.now
            #expect(try await registry.heartbeat("n1") == "200")
            let afterLast = ContinuousClock.now
            try await registry.awaitRing(keeping: ["n2"]) { $0.ids == ["n2"] }
            let gone = ContinuousClock.now
            let lease = Sample.shortLease.lease
            #expect(gone - beforeLast >= lease)
            // The machine's own tests say how soon after it; this says that the real clock is asked, however slow it goes here.
            #expect(gone - afterLast <= lease * 2, "took \(gone - afterLast)")
            #expect(try await registry.heartbeat("n1") == "404 unknown_node")
            // It registers again and has its place back.
            #expect(try await registry.register("n1", at: nodes[0].address) == "201")
            try await registry.awaitRing(keeping: ["n1", "n2"]) { $0.ids == ["n1", "n2"] }
        }
    }

    @Test func `a second live run is refused; once the first is gone the name and its points are handed over`()
        async throws
    {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let old = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", incarnation: 1, at: old.address) == "201")
            let before = try await registry.awaitRing { $0.ids == ["n1"] }
            let new = try await FakeNode(.accept(node: "n1", incarnation: 2))
            let answer = try await registry.call(
                "POST", "/v1/services/chat/nodes",
                #"{"id":"n1","incarnation":2,"address":"\#(new.address)","url":"ws://127.0.0.1:7200/chat","#
                    + #""proof_key":"\#(Sample.proofKeyText)"}"#)
            #expect(answer.status == 409)
            #expect(answer.text.contains("stale_incarnation") && answer.text.contains("incarnation 1, which is alive"))
            // A paused process is silent, and may come back: still refused.
            old.behave(.silent)
            #expect(try await registry.register("n1", incarnation: 2, at: new.address) == "409 stale_incarnation")
            old.stop()
            #expect(try await registry.register("n1", incarnation: 2, at: new.address) == "201")
            let after = try await registry.awaitRing { $0.node("n1")?.incarnation.value == 2 }
            #expect(RingDiff.ranges(from: before.ring, to: after.ring).isEmpty)
            #expect(try await registry.heartbeat("n1", incarnation: 1) == "409 stale_incarnation")
        }
    }

    @Test func `a process that restarts on its own port gets its name back at once`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", incarnation: 1, at: node.address) == "201")
            try await registry.awaitRing { $0.ids == ["n1"] }
            node.behave(.accept(node: "n1", incarnation: 2))
            #expect(try await registry.register("n1", incarnation: 2, at: node.address) == "201")
        }
    }

    @Test func `after a restart of the registry nothing is written and nobody moves`() async throws {
        let redis = try RedisServer()
        let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
        var before: RingVersion?
        try await RunningRegistry.run(on: redis, timing: Sample.shortLease) { registry in
            #expect(try await registry.register("n1", at: node.address) == "201")
            before = try await registry.awaitRing { $0.ids == ["n1"] }.version
        }
        try await RunningRegistry.run(on: redis, timing: Sample.shortLease) { registry in
            try await registry.awaitOutcome("200") { try await registry.heartbeat("n1") }
            let end = ContinuousClock.now + Sample.shortLease.lease * 1.5
            while ContinuousClock.now < end { #expect(try await registry.heartbeat("n1") == "200") }
            #expect(try await registry.stored()?.version == before)
        }
    }

    @Test func `without a store at the start it says so, answers 503, and begins once there is one`() async throws {
        let redis = try RedisServer()
        redis.kill()
        try await RunningRegistry.run(on: redis, isReady: false) { registry in
            #expect(try await registry.heartbeat("n1") == "503 store_unavailable")
            #expect(try await registry.outcome("GET", "/v1/services/chat/ring") == "503 store_unavailable")
            #expect(try await registry.outcome("GET", "/v1/services/game/ring") == "503 store_unavailable")
            let ready = try await registry.call("GET", "/readyz")
            #expect(ready.status == 503 && ready.text.contains("not resumed"))
            #expect(try await registry.outcome("GET", "/livez") == "200")
            try redis.restart()
            try await registry.awaitOutcome("404 unknown_node") { try await registry.heartbeat("n1") }
            #expect(try await registry.outcome("GET", "/readyz") == "200")
        }
    }

    @Test func `while the store is away heartbeats go on, changes wait, and an empty store gets everything back`()
        async throws
    {
        let redis = try RedisServer()
        try await RunningRegistry.run(on: redis) { registry in
            let nodes = try await ["n1", "n2"].asyncMap { try await FakeNode(.accept(node: $0, incarnation: 1)) }
            #expect(try await registry.outcome("PUT", "/v1/services/chat/settings", #"{"vnodes":64}"#) == "200")
            #expect(try await registry.register("n1", at: nodes[0].address) == "201")
            let before = try await registry.awaitRing(keeping: ["n1"]) { $0.ids == ["n1"] }
            redis.kill()
            #expect(try await registry.register("n2", at: nodes[1].address) == "201")
            try await registry.awaitOutcome("503") {
                #expect(try await registry.heartbeat("n1") == "200")
                #expect(try await registry.heartbeat("n2") == "200")
                return try await registry.outcome("GET", "/readyz")
            }
            #expect(try await registry.call("GET", "/readyz").text.contains("up n2"))
            #expect(
                try await registry.outcome("PUT", "/v1/services/chat/settings", #"{"vnodes":32}"#)
                    == "503 store_unavailable")
            try redis.restart()
            let after = try await registry.awaitRing(keeping: ["n1", "n2"]) {
                $0.ids == ["n1", "n2"]
            }
            #expect(after.epoch > before.epoch && after.document.vnodes == 64)
            try await registry.awaitOutcome("200") {
                for id in ["n1", "n2"] { _ = try await registry.heartbeat(id) }
                return try await registry.outcome("GET", "/readyz")
            }
            try await registry.awaitOutcome("64") {
                for id in ["n1", "n2"] { _ = try await registry.heartbeat(id) }
                return try redis.cli("HGET", "ringway:{chat}:settings", "vnodes")
            }
            #expect(try redis.cli("HKEYS", "ringway:{chat}:nodes").split(separator: "\n").sorted() == ["n1", "n2"])
        }
    }

    @Test func `two services with the same node names share nothing`() async throws {
        try await RunningRegistry.run(on: RedisServer(), services: ["chat", "game"]) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", at: node.address) == "201")
            #expect(try await registry.register("n1", at: node.address, service: "game") == "201")
            try await registry.awaitRing("chat", keeping: ["n1"]) { $0.ids == ["n1"] }
            let game = try await registry.awaitRing("game") { $0.ids == ["n1"] }
            #expect(node.hellos.map(\.service) == ["chat", "game"])
            #expect(try await registry.outcome("DELETE", "/v1/services/chat/nodes/n1") == "202")
            try await registry.awaitRing("chat") { $0.ids.isEmpty }
            #expect(try await registry.stored("game")?.version == game.version)
        }
    }

    @Test func `a service that only the store knows is looked after too`() async throws {
        let redis = try RedisServer()
        try redis.cli("SADD", "ringway:services", "game", "not a name!")
        try await RunningRegistry.run(on: redis) { registry in
            try await registry.awaitOutcome("404 no_ring") {
                try await registry.outcome("GET", "/v1/services/game/ring")
            }
            let services = try #require(try await registry.json("/v1/services")["services"] as? [[String: Any]])
            #expect(services.compactMap { $0["service"] as? String } == ["chat", "game"])
        }
    }

    @Test func `a stored ring that is damaged is said so and written anew above its epoch`() async throws {
        let redis = try RedisServer()
        try redis.cli("HSET", "ringway:{chat}:ring", "document", "{}", "epoch", "8000000000000000", "digest", "0")
        try await RunningRegistry.run(on: redis) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            try await registry.awaitOutcome("201") { try await registry.register("n1", at: node.address) }
            let end = ContinuousClock.now + .seconds(20)
            while try redis.cli("HGET", "ringway:{chat}:ring", "epoch") == "8000000000000000", ContinuousClock.now < end
            {
                _ = try await registry.heartbeat("n1")
            }
            #expect(try await registry.stored()?.epoch.value == 8_000_000_000_000_001)
        }
    }
}
