import ClusterModel
import HashRing
import Operations
import TestRedis
import Testing

@testable import Registry

/// Suspicions over HTTP about nodes that live, die and keep silent, with leases that no test waits for.
@Suite(.timeLimit(.minutes(2))) struct SuspicionLifeTests {
    private func suspect(
        _ registry: RunningRegistry, _ id: String, incarnation: UInt64 = 1, reason: String = "reset"
    ) async throws -> String {
        try await registry.outcome(
            "POST", "/v1/services/chat/nodes/\(id)/suspicions",
            #"{"incarnation":\#(incarnation),"by":"gateway-1","reason":"\#(reason)"}"#)
    }

    @Test func `a dead node is off the ring long before its lease, and only a dead one`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let ids = ["n1", "n2", "n3"]
            let nodes = try await ids.asyncMap { try await FakeNode(.accept(node: $0, incarnation: 1)) }
            for (id, node) in zip(ids, nodes) { #expect(try await registry.register(id, at: node.address) == "201") }
            let before = try await registry.awaitRing { $0.ids == ids }
            nodes[0].stop()
            nodes[2].behave(.silent)
            for id in ids { #expect(try await suspect(registry, id) == "202") }
            // The lease of these registries is a minute.
            let after = try await registry.awaitRing { $0.ids == ["n2", "n3"] }
            #expect(after.epoch > before.epoch)
            // Each of the others was called, and is where it was.
            try await registry.awaitOutcome("done") {
                try await registry.call("GET", "/metrics").text.contains(#"{service="chat",found="nothing"} 3"#)
                    ? "done" : "not yet"
            }
            #expect(nodes[1].hellos.count == 2)
            #expect(try await registry.stored()?.version == after.version)
            #expect(try await registry.heartbeat("n3") == "200")
            #expect(try await registry.heartbeat("n1") == "404 unknown_node")
            let text = try await registry.call("GET", "/metrics").text
            for line in [
                #"ringway_suspicions_total{service="chat"} 3"#,
                #"ringway_suspicion_calls_total{service="chat",found="gone"} 1"#,
                #"ringway_suspicion_calls_total{service="chat",found="alive"} 1"#,
                #"ringway_evictions_total{service="chat"} 1"#,
            ] {
                #expect(text.contains(line + "\n"), "\(line)")
            }
        }
    }

    @Test func `lies about a living node cost a few calls and nothing else`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", at: node.address) == "201")
            let before = try await registry.awaitRing { $0.ids == ["n1"] }
            let start = ContinuousClock.now
            for _ in 0..<200 { #expect(try await suspect(registry, "n1", reason: "refused") == "202") }
            let calls = node.hellos.count - 1
            let most = Int((ContinuousClock.now - start) / SuspectedNodes.pause) + 2
            #expect((1...most).contains(calls), "\(calls) calls, at most \(most)")
            #expect(try await suspect(registry, "n1", incarnation: 2) == "202")
            #expect(try await suspect(registry, "nobody") == "404 unknown_node")
            #expect(try await suspect(registry, "n1", reason: "bored") == "400 invalid_reason")
            #expect(try await registry.heartbeat("n1") == "200")
            #expect(try await registry.stored()?.version == before.version)
        }
    }

    @Test func `another run on the port means that the one on the ring is gone`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let nodes = try await ["n1", "n2"].asyncMap { try await FakeNode(.accept(node: $0, incarnation: 1)) }
            for (id, node) in zip(["n1", "n2"], nodes) {
                #expect(try await registry.register(id, at: node.address) == "201")
            }
            try await registry.awaitRing { $0.ids == ["n1", "n2"] }
            nodes[0].behave(.accept(node: "n1", incarnation: 2))
            #expect(try await suspect(registry, "n1") == "202")
            try await registry.awaitRing { $0.ids == ["n2"] }
        }
    }
}
