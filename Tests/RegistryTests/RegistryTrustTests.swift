import ClusterModel
import Foundation
import Operations
import SessionLink
import TestRedis
import Testing

@testable import Registry

@Suite(.timeLimit(.minutes(2))) struct RegistryTrustTests {
    private static let otherKey = String(repeating: "a5", count: 32)

    @Test func `only the process that registered can answer the call back`() async throws {
        try await RunningRegistry.run(on: RedisServer()) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            // Somebody registers where another process stands, under its name and run, and cannot know its key.
            #expect(try await registry.register("n1", at: node.address, key: Self.otherKey) == "502 call_back_failed")
            let mute = try await FakeNode(.prove(node: "n1", incarnation: 1, key: nil))
            #expect(try await registry.register("n1", at: mute.address) == "502 call_back_failed")
            #expect(try await registry.stored() == nil)
            #expect(try await registry.register("n1", at: node.address) == "201")
            try await registry.awaitRing { $0.ids == ["n1"] }
            // The same run with another key, at a place of its own where it answers well, is not that run.
            let thief = try await FakeNode(.prove(node: "n1", incarnation: 1, key: ProofKey(hex: Self.otherKey)))
            #expect(
                try await registry.register("n1", at: thief.address, key: Self.otherKey) == "409 stale_incarnation")
            #expect(thief.hellos.isEmpty)
            #expect(try await registry.register("n1", at: node.address) == "201")
            #expect(node.hellos.count == 2, "what is known by its key is not called again")
        }
    }

    @Test func `a node that only the store remembers proves itself when it registers again`() async throws {
        let redis = try RedisServer()
        let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
        try await RunningRegistry.run(on: redis) { registry in
            #expect(try await registry.register("n1", at: node.address) == "201")
            try await registry.awaitRing { $0.ids == ["n1"] }
        }
        try await RunningRegistry.run(on: redis) { (registry) async throws -> Void in
            #expect(try await registry.heartbeat("n1") == "200")
            #expect(try await registry.register("n1", at: node.address, key: Self.otherKey) == "502 call_back_failed")
            #expect(try await registry.register("n1", at: node.address) == "201")
        }
        #expect(node.hellos.count == 3)
    }

    @Test func `the key of a registration is nowhere in the store`() async throws {
        let redis = try RedisServer()
        try await RunningRegistry.run(on: redis) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            #expect(try await registry.register("n1", at: node.address) == "201")
            let ring = try await registry.awaitRing { $0.ids == ["n1"] }
            #expect(!String(decoding: ring.bytes, as: UTF8.self).contains(Sample.proofKeyText))
            let record = try await registry.redisText("HGETALL", "ringway:{chat}:nodes")
            #expect(record.contains("n1") && !record.contains(Sample.proofKeyText) && !record.contains("proof"))
        }
    }

    @Test func `an address outside the networks is refused before it is called`() async throws {
        let network = try #require(IPNetwork("10.0.0.0/8"))
        try await RunningRegistry.run(on: RedisServer(), networks: AllowedNetworks([network])) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            for address in [node.address, "169.254.169.254:80", "localhost:7100", "11.0.0.1:7100"] {
                #expect(try await registry.register("n1", at: address) == "400 invalid_address", "\(address)")
            }
            // The URL of these registrations is on loopback.
            #expect(try await registry.register("n1", at: "10.0.0.1:7100") == "400 invalid_url")
            #expect(node.hellos.isEmpty)
        }
    }

    @Test func `writes need a token that is good for their service`() async throws {
        let file = try TokenFile(["all-of-them-0123456789-0123456789", "chat:only-chat-0123456789-0123456789-0"])
        try await RunningRegistry.run(
            on: RedisServer(), services: ["chat", "game"], credentials: try file.credentials()
        ) { registry in
            let node = try await FakeNode(.accept(node: "n1", incarnation: 1))
            func register(_ service: String, _ token: String?) async throws -> String {
                try await registry.register("n1", at: node.address, service: service, token: token)
            }
            #expect(try await register("chat", nil) == "401 unauthorized")
            #expect(try await register("chat", "nobody-0123456789-0123456789-0123") == "401 unauthorized")
            #expect(try await register("game", "only-chat-0123456789-0123456789-0") == "403 forbidden")
            #expect(try await register("chat", "only-chat-0123456789-0123456789-0") == "201")
            #expect(try await register("game", "all-of-them-0123456789-0123456789") == "201")
            for (method, path) in [
                ("PUT", "/v1/services/chat/nodes/n1/heartbeat"), ("POST", "/v1/services/chat/nodes/n1/drain"),
                ("POST", "/v1/services/chat/nodes/n1/suspicions"),
                ("DELETE", "/v1/services/chat/nodes/n1"), ("PUT", "/v1/services/chat/settings"),
                ("POST", "/v1/services/chat/confirm-loss"),
            ] {
                #expect(try await registry.outcome(method, path, "{}") == "401 unauthorized", "\(method) \(path)")
            }
            let refused = try await registry.call("DELETE", "/v1/services/chat/nodes/n1")
            #expect(refused.headers.contains { $0.name.lowercased() == "www-authenticate" })
            #expect(refused.text.split(separator: "\n").count == 1)
            // Reading is open on loopback.
            #expect(try await registry.call("GET", "/v1/services/chat/nodes").status == 200)
            // Another token after a reload, and the old one is good for nothing.
            try file.write(["a-new-one-0123456789-0123456789-01"])
            try file.reload()
            #expect(
                try await registry.outcome(
                    "PUT", "/v1/services/chat/settings", "{}", token: "all-of-them-0123456789-0123456789")
                    == "401 unauthorized")
            #expect(
                try await registry.outcome(
                    "PUT", "/v1/services/chat/settings", "{}", token: "a-new-one-0123456789-0123456789-01") == "200")
        }
    }
}

/// A file of tokens that a test changes.
private final class TokenFile: Sendable {
    let path: String
    private let file: ReloadableFile<[AccessToken]>

    init(_ lines: [String]) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("tokens-\(UUID().uuidString)").path
        self.path = path
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
        file = try ReloadableFile(path) { try SecretLines.tokens($0) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ lines: [String]) throws {
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
    }

    func reload() throws { try file.reload() }

    func credentials() throws -> RegistryCredentials {
        RegistryCredentials(
            links: nil, tokens: file, access: AdminAccess(tokens: file), trust: .development)
    }
}
