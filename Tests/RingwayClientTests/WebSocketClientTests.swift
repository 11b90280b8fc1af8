import ClusterModel
import Reactor
import TestClients
import Testing

@testable import RingwayClient

@Suite("The WebSocket client", .serialized)
struct WebSocketClientTests {
    /// Opens `path` and gives all that was heard, once the end was.
    private static func converse(
        _ server: @escaping ServerStart, _ path: String, leavesAfterEcho: Bool = false
    ) async throws -> [String] {
        let notes = Journal<String>()
        try await withServer(server) { address, loop in
            try await open(address, path, notes, on: loop, leavesAfterEcho: leavesAfterEcho)
            try await notes.wait("the end") { $0.contains { $0.hasPrefix("ended") } }
        }
        return notes.all
    }

    private static func open(
        _ address: SocketAddress, _ path: String, _ notes: Journal<String>, on loop: LoopHandle, leavesAfterEcho: Bool
    ) async throws {
        let url = WebSocketURL(host: address.host, port: address.port, target: path)
        try await loop.run { loop in
            let client = WebSocketClient(on: loop, delegate: TestDelegate(notes, leavesAfterEcho: leavesAfterEcho))
            return Result { _ = try client.open(url, at: address) }
        }.get()
    }

    @Test("opens, hears its echo, and leaves with a goodbye")
    func echo() async throws {
        let heard = try await Self.converse(testServer, "/echo", leavesAfterEcho: true)
        #expect(heard == ["opened", "got hello", "ended \(ClientEnding.left)"])
    }

    @Test("a close of the server's is told with its code and reason")
    func close() async throws {
        let heard = try await Self.converse(testServer, "/close")
        #expect(heard == ["opened", "ended \(ClientEnding.closed(.moved, reason: "retry=5;epoch=7"))"])
    }

    @Test("a refusal is told with its status, its patience and its words")
    func refusal() async throws {
        let heard = try await Self.converse(testServer, "/busy")
        #expect(heard.count == 1)
        let ending = heard.last ?? ""
        #expect(ending.contains("503") && ending.contains("retryAfter: Optional(3)") && ending.contains("no_owner"))
    }

    @Test(
        "an answer that opens no WebSocket is not taken for one",
        arguments: [
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: bm90IHRoZSByaWdodCBvbmUhISE=\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\r\n", "+PONG\r\n\r\n",
        ])
    func wrongAnswer(answer: String) async throws {
        let heard = try await Self.converse(brokenServer(answer), "/")
        guard heard.count == 1, heard[0].hasPrefix("ended failed") else {
            Issue.record("heard \(heard)")
            return
        }
    }

    @Test("nobody there is told once")
    func nobody() async throws {
        let notes = Journal<String>()
        try await withServer(testServer) { address, loop in
            // A port that was free a moment ago, of another address of the loopback, where nothing of ours listens.
            let nowhere = try SocketAddress(host: "127.0.0.9", port: address.port == 9 ? 10 : 9)
            try await Self.open(nowhere, "/", notes, on: loop, leavesAfterEcho: false)
            try await notes.wait("the end") { !$0.isEmpty }
        }
        #expect(notes.all == ["ended \(ClientEnding.failed("Connection refused"))"])
    }
}
