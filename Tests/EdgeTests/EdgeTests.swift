import ClusterModel
import Edge
import Reactor
import Synchronization
import TestClients
import Testing
import WebSocketWire

@Suite struct EdgeTests {
    @Test func aMessageComesBackAndTheCloseIsEchoed() async throws {
        try await withEdge { address, notes in
            let client = try BlockingClient(address)
            let answer = try client.open("/x")
            #expect(answer.hasPrefix("HTTP/1.1 101 "))
            #expect(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            try client.message("hello")
            #expect(try client.event() == "text:hello")
            try client.send(FrameWriter.bytes(.ping, Array("p".utf8), mask: 7))
            #expect(try client.event() == "pong:p")
            try client.send(FrameWriter.close(code: .normal, reason: "bye", mask: 9))
            #expect(try client.event() == "close:1000:")
            #expect(try client.event() == "end")
            #expect(try await notes.has("ended 1000 bye"))
        }
    }

    @Test func framesBehindTheRequestInTheSamePacketBelongToTheWebSocket() async throws {
        try await withEdge { address, _ in
            let frames = FrameWriter.bytes(.text, Array("early".utf8), mask: 1)
            for target in ["/x", "/later"] {
                let client = try BlockingClient(address)
                if target == "/later" {
                    try client.send(Array(BlockingClient.upgrade(target).utf8) + frames)
                    let other = try BlockingClient(address)
                    // The request may still be under way: go on until it is there.
                    var answer = ""
                    repeat {
                        try other.send("GET /go HTTP/1.1\r\nHost: h\r\n\r\n")
                        answer = try other.readAnswer()
                    } while !answer.hasPrefix("HTTP/1.1 200")
                    try other.send("GET /go HTTP/1.1\r\nHost: h\r\n\r\n")
                    _ = try other.readAnswer()
                    #expect(try client.readAnswer().hasPrefix("HTTP/1.1 101"))
                } else {
                    _ = try client.open(target, behind: frames)
                }
                #expect(try client.event() == "text:early")
            }
        }
    }

    @Test func plainRequestsAreAnsweredInOrderAndAnUpgradeMayFollowOnTheSameConnection() async throws {
        try await withEdge { address, _ in
            let client = try BlockingClient(address)
            try client.send(
                "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n" + BlockingClient.upgrade("/x"))
            #expect(try client.readAnswer().contains(#"{"path":"/a"}"#))
            #expect(try client.readAnswer().contains(#"{"path":"/b"}"#))
            #expect(try client.readAnswer().hasPrefix("HTTP/1.1 101"))
            try client.message("after")
            #expect(try client.event() == "text:after")
        }
    }

    @Test(arguments: [
        ("POST /x HTTP/1.1\r\nHost: h\r\n\r\n", "405"), ("GET /x HTTP/1.0\r\n\r\n", "505"),
        ("GET /x HTTP/1.1\r\n\r\n", "400"), ("GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n", "426"),
        (
            "GET /no HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n", "503"
        ),
    ])
    func aRefusalSaysWhyAndTheSocketIsClosedSoon(request: String, status: String) async throws {
        try await withEdge { address, notes in
            let client = try BlockingClient(address)
            try client.send(request)
            let answer = try client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("Connection: close\r\n"))
            #expect(answer.contains(#"{"error":{"code":""#))
            #expect(!notes.all.contains { $0.hasPrefix("ended") })
        }
    }

    @Test func aHeadThatIsNotCompleteInTimeGets408() async throws {
        var limits = EdgeLimits()
        limits.headTime = .milliseconds(60)
        try await withEdge(limits) { address, _ in
            let client = try BlockingClient(address)
            try client.send("GET /x HTTP/1.1\r\nHos")
            #expect(try client.readToEnd().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func aPausedClientsMessagesWaitAndKeepTheirOrder() async throws {
        try await withEdge { address, notes in
            let client = try BlockingClient(address)
            _ = try client.open("/x")
            let mask: UInt32 = 3
            var all: [UInt8] = []
            for text in ["a", "pause", "b", "c"] { all += FrameWriter.bytes(.text, Array(text.utf8), mask: mask) }
            try client.send(all)
            #expect(try [client.event(), client.event(), client.event()] == ["text:a", "text:b", "text:c"])
            #expect(notes.all == ["a", "resumed", "b", "c"])
        }
    }

    @Test func aClientThatReadsNothingIsClosedWith4009AndHearsItIfItReadsOn() async throws {
        try await withEdge { address, notes in
            let client = try BlockingClient(address, receiveBuffer: 4096)
            try client.send(BlockingClient.upgrade("/flood"))
            #expect(try await notes.has("refused"))
            _ = try client.readAnswer()
            var last = ""
            while true {
                let event = try client.event()
                if event == "end" { break }
                last = event
            }
            #expect(last == "close:4009:")
            #expect(try await notes.has("ended 4009 "))
        }
    }

    @Test func ourCloseWaitsForThePeersAndReportsOurCode() async throws {
        try await withEdge { address, notes in
            let client = try BlockingClient(address)
            _ = try client.open("/x")
            try client.message("close")
            #expect(try client.event() == "close:4001:epoch=5")
            try client.message("too late")
            #expect(!notes.all.contains("ended 4001 "))
            try client.send(FrameWriter.close(code: .normal, mask: 5))
            #expect(try client.event() == "end")
            #expect(try await notes.has("ended 4001 "))
            #expect(!notes.all.contains("too late"))
        }
    }

    @Test func aClientThatVanishesIsReportedAs1006() async throws {
        try await withEdge { address, notes in
            var client: BlockingClient? = try BlockingClient(address)
            _ = try client?.open("/x")
            client = nil
            #expect(try await notes.has("ended 1006 "))
        }
    }

    @Test func aSilentClientIsPingedAndGivenUp() async throws {
        var limits = EdgeLimits()
        limits.headTime = .milliseconds(40)
        limits.keepAlive = .init(idle: .milliseconds(40), answerWithin: .milliseconds(80))
        try await withEdge(limits) { address, _ in
            let client = try BlockingClient(address)
            _ = try client.open("/x")
            #expect(try client.event() == "ping")
            try client.send(FrameWriter.bytes(.pong, [], mask: 1))
            #expect(try client.event() == "ping")
            #expect(try client.event() == "close:4008:pongTimeout")
            #expect(try client.event() == "end")
        }
    }

    @Test func tooManyPingsAreClosedWith1008() async throws {
        try await withEdge { address, _ in
            let client = try BlockingClient(address)
            _ = try client.open("/x")
            for _ in 0..<51 { try client.send(FrameWriter.bytes(.ping, [], mask: 1)) }
            var events: [String] = []
            repeat { events.append(try client.event()) } while events.last != "end"
            #expect(events.contains("close:1008:too many control frames"))
            #expect(events.filter { $0 == "pong:" }.count == 50)
        }
    }

    @Test func anUpgradeMayMoveToAnotherLoopWithAllItsBytes() async throws {
        let group = LoopGroup(count: 2, name: "move")
        let notes = Notes()
        let second = try await group.loops[1].run { loop in
            let application = TestApplication(notes, name: "two")
            return LoopBound((application, application.start(loop, EdgeLimits())), to: loop)
        }
        let first = try await group.loops[0].run { loop in
            let application = TestApplication(
                notes, other: ({ second.value(on: $0).1 }, second.loop))
            let edge = application.start(loop, EdgeLimits())
            return Result {
                (try edge.listen(on: SocketAddress(host: "127.0.0.1", port: 0)), LoopBound(application, to: loop))
            }
        }.get()
        defer {
            group.stop()
            withExtendedLifetime((first, second)) {}
        }
        let client = try BlockingClient(first.0)
        try client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try client.readAnswer()
        _ = try client.open("/move", behind: FrameWriter.bytes(.text, Array("who".utf8), mask: 1))
        #expect(try client.event() == "text:two")
        try client.message("who")
        #expect(try client.event() == "text:two")
    }
}

@Suite struct UserSourceTests {
    @Test func aSourceIsReadFromItsText() {
        #expect(UserSource("query:user") == .query("user"))
        #expect(UserSource("header:X-User") == .header("X-User"))
        #expect(UserSource("path") == .path)
        for bad in ["", "query", "query:", "header:a b", "cookie:x", "path:x", "query:a:b"] {
            #expect(UserSource(bad) == nil, "\(bad)")
        }
    }

    @Test func theUserIsTakenAsBytesDecodedOnce() throws {
        #expect(try UserSource.query("user").user(of: head("/chat?user=a%2Bb+c%2520")).bytes == Array("a+b+c%20".utf8))
        #expect(try UserSource.path.user(of: head("/chat/al%2Fice")).bytes == Array("al/ice".utf8))
        #expect(try UserSource.header("X-User").user(of: head("/chat", "X-User: bob")).bytes == Array("bob".utf8))
    }

    @Test func aMissingUserIs401AndABadOne400() throws {
        for (source, head, status) in [
            (UserSource.query("user"), try head("/chat"), 401), (.query("user"), try head("/chat?user="), 400),
            (.query("user"), try head("/chat?user=a%00b"), 400), (.query("user"), try head("/chat?user=%ff"), 400),
            (.query("user"), try head("/chat?user=a&user=b"), 400), (.path, try head("/chat"), 401),
            (.header("X-User"), try head("/chat"), 401),
            (.header("X-User"), try head("/chat", "X-User: a\r\nX-User: b"), 400),
        ] {
            let refusal = #expect(throws: HTTPRefusal.self) { try source.user(of: head) }
            #expect(refusal?.status == status)
        }
    }

    private func head(_ target: String, _ field: String = "A: b") throws -> HTTPHead {
        let text = "GET \(target) HTTP/1.1\r\nHost: h\r\n\(field)\r\n\r\n"
        let reading = Array(text.utf8).withUnsafeBytes { HTTPHead.parse($0) }
        guard case .head(let head, _) = reading else { throw ClientError("not a head: \(text)") }
        return head
    }
}
