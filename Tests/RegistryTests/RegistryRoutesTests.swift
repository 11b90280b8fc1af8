import ClusterModel
import Foundation
import HashRing
import Operations
import TestRedis
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(2))) struct RegistryRoutesTests {
    @Test func `a node that answers the call back is on the ring`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            let body =
                #"{"id":"n1","incarnation":1,"kind":"ringway","address":"\#(node.address)","url":"ws://127.0.0.1:7200/chat","zone":"z1","loops":3,"proof_key":"\#(Sample.proofKeyText)"}"#
            let answer = try await registry.call("POST", "/v1/services/chat/nodes", body)
            #expect(answer.status == 201)
            #expect(answer.text == "{\"lease_ms\":60000,\"heartbeat_ms\":1000,\"epoch\":0}\n")
            let ring = try await registry.awaitRing { $0.ids == ["n1"] }
            let stored = try #require(ring.nodes.first)
            #expect(stored.address?.description == node.address && stored.zone == "z1" && stored.loops == 3)
            #expect(node.hellos.first?.service == "chat" && node.hellos.first?.target == "n1")
            // The announced, the stored and the served document are the same bytes.
            #expect(try await registry.call("GET", "/v1/services/chat/ring").body == ring.bytes)
            let beat = try await registry.call("PUT", "/v1/services/chat/nodes/n1/heartbeat", #"{"incarnation":1}"#)
            #expect(beat.text == "{\"epoch\":\(ring.epoch)}\n")
        }
    }

    @Test func `a node that is not where it says is not on the ring`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let gone = try await FakeNode(.silent)
            gone.stop()
            #expect(try await registry.register("n1", at: gone.address) == "502 call_back_failed")
            let other = try await FakeNode(.accept(node: "n2", incarnation: 1))
            #expect(try await registry.register("n1", at: other.address) == "502 call_back_failed")
            let older = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", incarnation: 2, at: older.address) == "502 call_back_failed")
            let mute = try await FakeNode(.silent)
            #expect(try await registry.register("n1", at: mute.address) == "502 call_back_failed")
            #expect(try await registry.heartbeat("n1") == "404 unknown_node")
            #expect(try await registry.stored() == nil)
        }
    }

    @Test(arguments: [
        (#"{"incarnation":1,"address":"127.0.0.1:1","url":"ws://a/"}"#, "id"),
        (#"{"id":"-x","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/"}"#, "id"),
        (#"{"id":"n","incarnation":-1,"address":"127.0.0.1:1","url":"ws://a/"}"#, "incarnation"),
        (#"{"id":"n","incarnation":9007199254740992,"address":"127.0.0.1:1","url":"ws://a/"}"#, "incarnation"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1","url":"ws://a/"}"#, "address"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:70000","url":"ws://a/"}"#, "address"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"http://a/"}"#, "url"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/","weight":10001}"#, "weight"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/","weight":"100"}"#, "weight"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/","zone":"a b"}"#, "zone"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/","kind":"other"}"#, "kind"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/","kind":"foreign"}"#, "kind"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/","loops":0}"#, "loops"),
        (#"{"id":"n","id":"m","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/"}"#, "id"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/"}"#, "proof_key"),
        (#"{"id":"n","incarnation":1,"address":"127.0.0.1:1","url":"ws://a/","proof_key":"5a"}"#, "proof_key"),
        ("", "JSON"), ("[]", "JSON"), ("{", "JSON"), ("{}x", "JSON"),
    ])
    func `a registration that is wrong is refused by the member's name`(_ body: String, _ name: String) async throws {
        try await RunningRegistry.run(on: Self.shared()) { registry in
            let answer = try await registry.call("POST", "/v1/services/chat/nodes", body)
            #expect(answer.status == 400)
            #expect(answer.text.contains(name))
        }
    }

    private static func shared() throws -> RedisServer { try RedisServer() }

    @Test func `an unknown service is refused by name, in a registration with 400`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            try await registry.awaitOutcome("404 unknown_service") {
                try await registry.outcome("GET", "/v1/services/game/nodes")
            }
            #expect(try await registry.register("n1", at: "127.0.0.1:1", service: "game") == "400 unknown_service")
            let answer = try await registry.call("POST", "/v1/services/game/nodes", "{}")
            #expect(answer.text.contains("game"))
        }
    }

    @Test func `drain and leave are new epochs, and only the run that holds the name may leave`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let nodes = try await ["n1", "n2"].asyncMap { try await FakeNode(.accept(node: $0, incarnation: 1)) }
            #expect(try await registry.register("n1", at: nodes[0].address) == "201")
            #expect(try await registry.register("n2", at: nodes[1].address) == "201")
            let both = ["n1", "n2"]
            let first = try await registry.awaitRing(keeping: both) { $0.ids == both }
            #expect(try await registry.outcome("POST", "/v1/services/chat/nodes/n1/drain") == "202")
            let second = try await registry.awaitRing(keeping: both) { $0.node(both[0])?.state == .draining }
            #expect(second.epoch > first.epoch && second.node("n1")?.weight == 0)
            #expect(
                try await registry.outcome("DELETE", "/v1/services/chat/nodes/n1?incarnation=2")
                    == "409 stale_incarnation")
            #expect(
                try await registry.outcome("DELETE", "/v1/services/chat/nodes/n1?incarnation=x")
                    == "400 invalid_incarnation")
            #expect(try await registry.outcome("DELETE", "/v1/services/chat/nodes/n1?incarnation=1") == "202")
            let third = try await registry.awaitRing(keeping: ["n2"]) { $0.ids == ["n2"] }
            #expect(third.epoch > second.epoch)
            #expect(try await registry.outcome("DELETE", "/v1/services/chat/nodes/n1") == "404 unknown_node")
            #expect(try await registry.outcome("POST", "/v1/services/chat/nodes/n1/drain") == "404 unknown_node")
            #expect(try await registry.heartbeat("n1") == "404 unknown_node")
            // An older run has lost the name; a newer one was never registered.
            #expect(try await registry.heartbeat("n2", incarnation: 0) == "409 stale_incarnation")
            #expect(try await registry.heartbeat("n2", incarnation: 2) == "404 unknown_node")
            let causes = try #require(
                try await registry.json("/v1/services/chat/events?count=3")["events"] as? [[String: Any]])
            #expect(causes.compactMap { $0["cause"] as? String }.first == "left n1")
            #expect(causes.compactMap { $0["epoch"] as? UInt64 }.first == third.epoch.value)
        }
    }

    @Test func `settings are checked, kept by the store and carried by the next ring`() async throws {
        let redis = try RedisServer()
        try await RunningRegistry.run(on: redis) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", at: node.address) == "201")
            let first = try await registry.awaitRing(keeping: ["n1"]) { $0.ids == ["n1"] }
            let path = "/v1/services/chat/settings"
            #expect(try await registry.outcome("PUT", path, #"{"plan":"explode"}"#) == "400 invalid_plan")
            #expect(try await registry.outcome("PUT", path, #"{"vnodes":0}"#) == "400 invalid_vnodes")
            #expect(try await registry.outcome("PUT", path, #"{"delivery":"both"}"#) == "400 invalid_delivery")
            #expect(try await registry.outcome("PUT", path, #"{"vnode":160}"#) == "400 invalid_request")
            #expect(
                try await registry.outcome("PUT", path, #"{"vnodes":80,"plan":"reconnect-all","close_over_ms":1500}"#)
                    == "200")
            #expect(try await registry.outcome("PUT", path, #"{"move_rate":0}"#) == "400 invalid_move_rate")
            #expect(
                try await registry.outcome("PUT", path, #"{"moves_in_flight":10001}"#) == "400 invalid_moves_in_flight")
            #expect(try await registry.outcome("PUT", path, #"{"move_rate":500,"moves_in_flight":9}"#) == "200")
            let second = try await registry.awaitRing(keeping: ["n1"]) { $0.document.moveRate == 500 }
            #expect(second.document.vnodes == 80 && second.document.movesInFlight == 9)
            #expect(
                second.epoch > first.epoch && second.plan == .reconnectAll && second.closeOver == .milliseconds(1500))
            #expect(try redis.cli("HGET", "ringway:{chat}:settings", "vnodes") == "80")
            #expect(try redis.cli("HGET", "ringway:{chat}:settings", "moves_in_flight") == "9")
            #expect(try await registry.call("GET", path).text.contains(#""plan":"reconnect-all""#))
        }
    }

    @Test func `a plan says what would move and changes nothing`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", at: node.address) == "201")
            let ring = try await registry.awaitRing(keeping: ["n1"]) { $0.ids == ["n1"] }
            let plan = try await registry.json("/v1/services/chat/plan?add=n2&weight=100")
            let grown = try Ring(members: ring.nodes.map(\.member) + [RingMember(id: Sample.id("n2"))], vnodes: 160)
            let ranges = RingDiff.ranges(from: ring.ring, to: grown)
            #expect(plan["ranges"] as? Int == ranges.count)
            #expect(plan["moved_hashes"] as? String == RingDiff.moved(ranges).description)
            let bad = ["", "?add=", "?add=n2&remove=n1", "?add=n2&weight=x", "?remove=-"]
            for query in bad {
                #expect(try await registry.call("GET", "/v1/services/chat/plan\(query)").status == 400, "\(query)")
            }
            #expect(try await registry.outcome("GET", "/v1/services/chat/plan?remove=n9") == "404 unknown_node")
            #expect(try await registry.stored()?.version == ring.version)
        }
    }

    @Test func `metrics tell nodes, counts and the store's state`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", at: node.address) == "201")
            let ring = try await registry.awaitRing(keeping: ["n1"]) { $0.ids == ["n1"] }
            #expect(try await registry.heartbeat("n1") == "200")
            let text = try await registry.call("GET", "/metrics").text
            for line in [
                "ringway_redis_up 1", "ringway_ring_epoch{service=\"chat\"} \(ring.epoch)",
                "ringway_registry_nodes{service=\"chat\",state=\"up\"} 1",
                "ringway_registrations_total{service=\"chat\"} 1",
                "ringway_commits_total{service=\"chat\"} 1", "ringway_reported_sessions{service=\"chat\"} 3",
            ] {
                #expect(text.contains(line + "\n"), "\(line)")
            }
        }
    }
}

extension RingSnapshot {
    func node(_ id: String) -> RingDocument.Node? { nodes.first { $0.id.text == id } }
}

extension Array {
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
