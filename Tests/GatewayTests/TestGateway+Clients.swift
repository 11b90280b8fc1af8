import TestClients
import Testing

extension TestGateway {
    /// A client that has come in.
    func enter(_ user: String, receiveBuffer: Int32? = nil) async throws -> TestClient {
        let client = try TestClient(address, receiveBuffer: receiveBuffer)
        let answer = try await client.open("/chat?user=\(user)")
        try #require(answer.hasPrefix("HTTP/1.1 101"), "\(answer)")
        return client
    }

    /// A client whose node has sent all that the credit allows, before it read any of it; then it does.
    func slowReader() async throws -> TestClient {
        let slow = try await enter("slow", receiveBuffer: 4096)
        try await slow.message("flood")
        try await node.journal.wait(for: "flooded")
        for _ in 0..<8 { #expect(try await slow.event() == "text:" + String(repeating: "x", count: 32 << 10)) }
        return slow
    }
}
