import ClusterModel
import SessionLink
import TestClients
import Testing

@testable import Gateway

@Suite struct LinkTrustTests {
    private static let right = LinkSecrets([[UInt8](repeating: 1, count: 32)]) ?? .none
    private static let wrong = LinkSecrets([[UInt8](repeating: 2, count: 32)]) ?? .none

    @Test func aClientReachesItsOwnerOverAProvenLink() async throws {
        try await withGateway(secrets: Self.right, nodeSecrets: Self.right) { gateway in
            try gateway.adopt(epoch: 5)
            let client = try TestClient(gateway.address)
            #expect(try await client.open("/chat?user=alice").hasPrefix("HTTP/1.1 101"))
            try await client.message("hello")
            #expect(try await client.event() == "text:hello")
            #expect(gateway.node.journal.all == ["hello gateway-t chat node-1 0", "attach alice 5", "hello"])
        }
    }

    @Test func noUserIsNamedToANodeWithAnotherSecretOrWithNone() async throws {
        for (here, there) in [
            (Self.right, Self.wrong), (Self.right, LinkSecrets.none), (LinkSecrets.none, Self.right),
        ] {
            try await withGateway(secrets: here, nodeSecrets: there) { gateway in
                try gateway.adopt(epoch: 5)
                let answer = try await TestClient(gateway.address).open("/chat?user=alice")
                #expect(answer.hasPrefix("HTTP/1.1 502 "), "\(answer)")
                #expect(!gateway.node.journal.all.contains { $0.contains("alice") })
            }
        }
    }

    @Test func withoutASecretOnlyTheLoopbackIsCalled() async throws {
        try await withGateway { gateway in
            // To the kernel this is the fake node on 127.0.0.1, to us an address like any other: it would answer.
            let address = NodeAddress(host: "::ffff:127.0.0.1", port: gateway.nodeAddress.port)
            try gateway.adopt(epoch: 5, address: try #require(address as NodeAddress?))
            let answer = try await TestClient(gateway.address).open("/chat?user=alice")
            #expect(answer.hasPrefix("HTTP/1.1 502 "), "\(answer)")
            #expect(gateway.node.journal.all.isEmpty)
        }
    }
}
