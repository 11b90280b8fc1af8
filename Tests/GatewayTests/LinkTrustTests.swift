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
            // TEST-NET-1 (RFC 5737): nobody is there, and a connect would take its time.
            let address = try #require(NodeAddress("192.0.2.1:7100") as NodeAddress?)
            try gateway.adopt(epoch: 5, address: address)
            let start = ContinuousClock.now
            let answer = try await TestClient(gateway.address).open("/chat?user=alice")
            #expect(answer.hasPrefix("HTTP/1.1 502 "), "\(answer)")
            #expect(ContinuousClock.now - start < .seconds(2))
        }
    }
}
