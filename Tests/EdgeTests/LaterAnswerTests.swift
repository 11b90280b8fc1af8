import Edge
import Reactor
import TestClients
import Testing
import WebSocketWire

@Suite struct LaterAnswerTests {
    @Test func `an answer that comes later keeps the order of the requests behind it`() async throws {
        try await withEdge { address, _ in
            let client = try TestClient(address)
            let requests = ["/soon", "/a", "/soon", "/soon", "/b"]
            try await client.send(requests.map { "GET \($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
            for path in requests { #expect(try await client.readAnswer().contains("{\"path\":\"\(path)\"}")) }
            _ = try await client.open("/chat")
            try await client.message("hi")
            #expect(try await client.event() == "text:hi")
        }
    }

    @Test func `the last request of a connection is answered before it ends`() async throws {
        try await withEdge { address, _ in
            let client = try TestClient(address)
            try await client.send(
                "GET /soon HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readAnswer().contains("/soon"))
            #expect(try await client.event() == "end")
        }
    }

    @Test func `an upgrade behind a request that is answered later waits for its turn`() async throws {
        try await withEdge { address, _ in
            let client = try TestClient(address)
            try await client.send("GET /soon HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readAnswer().contains("/soon"))
            _ = try await client.open("/chat", behind: FrameWriter.bytes(.text, Array("early".utf8), mask: 7))
            #expect(try await client.event() == "text:early")
        }
    }

    @Test func `a client that goes away before its answer is no trouble`() async throws {
        try await withEdge { address, _ in
            for _ in 0..<20 {
                let client = try TestClient(address)
                try await client.send("GET /soon HTTP/1.1\r\nHost: h\r\n\r\n")
                withExtendedLifetime(client) {}
            }
            let client = try TestClient(address)
            try await client.send("GET /soon HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readAnswer().contains("/soon"))
        }
    }
}
