import ClusterModel
import HashRing
import Rehoming
import SessionLink
import TestClients
import Testing
import WebSocketWire

@testable import Gateway

/// Clients that speak `ringway.v1`, at a gateway whose node is a fake.
@Suite struct ResumableTests {
    private typealias Words = @Sendable (LegID) -> [UInt8]
    private let node: Home
    private let sender = SessionID(first: 1, second: 2)

    init() throws {
        node = Home(node: try NodeID("node-1"), incarnation: try #require(Incarnation(1)))
    }

    private func say(_ words: ToGateway...) -> [Words] {
        words.map { word in { word.frames(leg: $0) } }
    }

    private func kept(_ k: UInt64, _ frame: String) -> ToGateway {
        .deliver(
            KeptMessage(
                position: Position(epoch: 5, k: k), key: MessageKey(sender: sender, n: k + 1), frame: Array(frame.utf8))
        )
    }

    private func home(_ k: UInt64, isRecovered: Bool = true) -> ToGateway {
        .home(node, at: Position(epoch: 5, k: k), isRecovered: isRecovered)
    }

    /// A client that offers `ringway.v1`, and the answer to it.
    private func open(
        _ gateway: TestGateway, _ query: String = "", also: String = ""
    ) async throws -> (TestClient, String) {
        let client = try TestClient(gateway.address)
        let request = TestClient.upgrade("/chat?user=alice\(query)").dropLast()
        try await client.send("\(request)Sec-WebSocket-Protocol: \(also)ringway.v1\r\n\r\n")
        return (client, try await client.readAnswer())
    }

    private func token(_ session: SessionID, service: String = "chat") throws -> String {
        ResumeToken(session: session, generation: 3, home: node, service: try ServiceName(service)).text
    }

    @Test func `A client that offers it gets it, hears where its state is, and its acknowledgements stay here`()
        async throws
    {
        try await withGateway { gateway in
            gateway.node.greeting = say(.attached, home(0))
            try gateway.adopt(epoch: 5, plan: .rehome)
            let (client, answer) = try await open(gateway)
            #expect(answer.contains("Sec-WebSocket-Protocol: ringway.v1\r\n"))
            let session = try #require(gateway.node.adopted.all.first)
            let token = ResumeToken(session: session, generation: 0, home: node, service: try ServiceName("chat"))
            #expect(
                try await client.event()
                    == #"text:{"type":"home","node":"node-1","resume":"\#(token.text)","position":"5-0"}"#)
            try await client.message(#"{"type":"ack","position":"5-0"}"#)
            try await gateway.node.journal.wait(for: "received 5-0")
            try await client.message(#"{"type":"ack","position":"9007199254740992-0"}"#)
            #expect(try await client.event().hasPrefix(#"text:{"type":"error","reason":"an ack"#))
            try await client.message("hello")
            #expect(try await client.event() == "text:hello")
            #expect(!gateway.node.journal.all.contains { $0.contains("ack") })
        }
    }

    @Test func `A plain client and one of another plan get no such thing`() async throws {
        try await withGateway { gateway in
            gateway.node.greeting = say(.attached, home(0))
            try gateway.adopt(epoch: 5, plan: .rehome)
            let plain = try await gateway.enter("bob")
            try await plain.message(#"{"type":"ack","position":"5-0"}"#)
            #expect(try await plain.event() == #"text:{"type":"ack","position":"5-0"}"#)
            try gateway.adopt(epoch: 5, service: 1)
            let other = try TestClient(gateway.address)
            let request = TestClient.upgrade("/game?user=alice").dropLast()
            try await other.send("\(request)Sec-WebSocket-Protocol: ringway.v1\r\n\r\n")
            let answer = try await other.readAnswer()
            #expect(answer.hasPrefix("HTTP/1.1 101") && !answer.contains("ringway.v1"))
        }
    }

    @Test(arguments: [true, false])
    func `A client that comes back hears first what became of what it missed`(isRecovered: Bool) async throws {
        try await withGateway { gateway in
            gateway.node.greeting = say(
                .attached, kept(8, "one"), kept(9, "two"), home(10, isRecovered: isRecovered), kept(11, "three"))
            try gateway.adopt(epoch: 5, plan: .rehome)
            let session = SessionID.random(of: try UserKey("alice"))
            let query = "&resume=\(try token(session))&generation=6&position=5-7"
            let (client, answer) = try await open(gateway, query)
            #expect(answer.hasPrefix("HTTP/1.1 101"))
            #expect(gateway.node.adopted.all == [session])
            #expect(gateway.node.journal.all.contains("adopt alice 6 1 5-7"))
            let resumed = try await client.event()
            #expect(resumed == #"text:{"type":"resumed","recovered":\#(isRecovered),"replayed":2}"#)
            #expect(try await client.event() == "text:one")
            #expect(try await client.event() == "text:two")
            #expect(try await client.event().hasPrefix(#"text:{"type":"home","#))
            #expect(try await client.event() == "text:three")
        }
    }

    @Test func `A token may stand among the subprotocols`() async throws {
        try await withGateway { gateway in
            gateway.node.greeting = say(.attached, home(0))
            try gateway.adopt(epoch: 5, plan: .rehome)
            let session = SessionID.random(of: try UserKey("alice"))
            let (_, answer) = try await open(gateway, also: "resume.\(try token(session)), ")
            #expect(answer.contains("Sec-WebSocket-Protocol: ringway.v1\r\n"))
            #expect(gateway.node.adopted.all == [session])
        }
    }

    @Test(arguments: [
        "&resume=nonsense", "&resume=GAME", "&resume=BOBS", "&resume=TOKEN&position=7",
        "&resume=TOKEN&position=9007199254740992-0",
        "&resume=TOKEN&generation=4294967295", "&resume=TOKEN&resume=TOKEN",
    ])
    func `What can't be resumed is a new session and no refusal`(query: String) async throws {
        try await withGateway { gateway in
            gateway.node.greeting = say(.attached, home(0))
            try gateway.adopt(epoch: 5, plan: .rehome)
            let session = SessionID.random(of: try UserKey("alice"))
            let text = query.replacing("TOKEN", with: try token(session))
                .replacing("GAME", with: try token(session, service: "game"))
                .replacing("BOBS", with: try token(.random(of: try UserKey("bob"))))
            let (client, answer) = try await open(gateway, text)
            #expect(answer.hasPrefix("HTTP/1.1 101"))
            #expect(gateway.node.adopted.all.count == 1 && gateway.node.adopted.all != [session])
            #expect(try await client.event().hasPrefix(#"text:{"type":"home","#))
        }
    }

    @Test func `Kept messages cost credit, which comes back once they were passed on`() async throws {
        try await withGateway { gateway in
            gateway.node.greeting = say(.attached, home(0))
            try gateway.adopt(epoch: 5, plan: .rehome)
            let body = String(repeating: "x", count: 30 << 10)
            gateway.node.frames = say(kept(1, body), kept(2, body), kept(3, body))
            let (client, _) = try await open(gateway)
            _ = try await client.event()
            try await client.message("frames")
            for _ in 0..<3 { #expect(try await client.event() == "text:" + body) }
            let journal = try await gateway.node.journal.wait("credit") { $0.contains { $0.hasPrefix("credit ") } }
            let bytes = try #require(journal.last { $0.hasPrefix("credit ") }?.split(separator: " ").last)
            #expect(try #require(UInt32(bytes)) >= Credit.giveBackAt)
        }
    }

    @Test func `A node that lets nobody go is doubted for all its sessions at once`() async throws {
        try await withGateway { gateway in
            gateway.node.greeting = say(.attached, home(0))
            try gateway.adopt(epoch: 5, plan: .rehome)
            for index in 0..<8 { _ = try await gateway.enter("u\(index)") }
            // Half of them are another's now. The first that waits in vain is enough.
            try gateway.adopt(epoch: 6, nodes: 2, plan: .rehome)
            let report = try await gateway.nextSuspicion()
            #expect(report.node.text == "node-1" && report.reason == .silent)
        }
    }

    @Test func `Pages load the client from the data port`() async throws {
        try await withGateway { gateway in
            let client = try TestClient(gateway.address)
            try await client.send("GET /ringway.js HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = try await client.readAnswer()
            #expect(answer.hasPrefix("HTTP/1.1 200"))
            #expect(answer.contains("Content-Type: text/javascript; charset=utf-8\r\n"))
            #expect(answer.contains("Cache-Control: no-cache\r\n"))
            #expect(answer.contains("export const connect"))
        }
    }
}
