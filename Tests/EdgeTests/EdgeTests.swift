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
            let client = try TestClient(address)
            let answer = try await client.open("/x")
            #expect(answer.hasPrefix("HTTP/1.1 101 "))
            #expect(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            try await client.message("hello")
            #expect(try await client.event() == "text:hello")
            try await client.send(FrameWriter.bytes(.ping, Array("p".utf8), mask: 7))
            #expect(try await client.event() == "pong:p")
            try await client.send(FrameWriter.close(code: .normal, reason: "bye", mask: 9))
            #expect(try await client.event() == "close:1000:bye")
            #expect(try await client.event() == "end")
            try await notes.wait(for: "ended 1000 bye")
        }
    }

    @Test func framesBehindTheRequestInTheSamePacketBelongToTheWebSocket() async throws {
        try await withEdge { address, _ in
            let frames = FrameWriter.bytes(.text, Array("early".utf8), mask: 1)
            for target in ["/x", "/later"] {
                let client = try TestClient(address)
                if target == "/later" {
                    try await client.send(Array(TestClient.upgrade(target).utf8) + frames)
                    let other = try TestClient(address)
                    // The request may still be under way: go on until it is there.
                    var answer = ""
                    repeat {
                        try await other.send("GET /go HTTP/1.1\r\nHost: h\r\n\r\n")
                        answer = try await other.readAnswer()
                    } while !answer.hasPrefix("HTTP/1.1 200")
                    try await other.send("GET /go HTTP/1.1\r\nHost: h\r\n\r\n")
                    _ = try await other.readAnswer()
                    #expect(try await client.readAnswer().hasPrefix("HTTP/1.1 101"))
                } else {
                    _ = try await client.open(target, behind: frames)
                }
                #expect(try await client.event() == "text:early")
            }
        }
    }

    @Test func plainRequestsAreAnsweredInOrderAndAnUpgradeMayFollowOnTheSameConnection() async throws {
        try await withEdge { address, _ in
            let client = try TestClient(address)
            try await client.send(
                "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n" + TestClient.upgrade("/x"))
            #expect(try await client.readAnswer().contains(#"{"path":"/a"}"#))
            #expect(try await client.readAnswer().contains(#"{"path":"/b"}"#))
            #expect(try await client.readAnswer().hasPrefix("HTTP/1.1 101"))
            try await client.message("after")
            #expect(try await client.event() == "text:after")
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
            let client = try TestClient(address)
            try await client.send(request)
            let answer = try await client.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            #expect(answer.contains("Connection: close\r\n"))
            #expect(answer.contains(#"{"error":{"code":""#))
            #expect(!notes.all.contains { $0.hasPrefix("ended") })
        }
    }

    @Test func aHeadThatIsNotCompleteInTimeGets408() async throws {
        var limits = EdgeLimits()
        limits.headTime = .seconds(1)
        try await withEdge(limits) { address, _ in
            let client = try TestClient(address)
            try await client.send("GET /x HTTP/1.1\r\nHos")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func aPausedClientsMessagesWaitAndKeepTheirOrder() async throws {
        try await withEdge { address, notes in
            let client = try TestClient(address)
            _ = try await client.open("/x")
            let mask: UInt32 = 3
            var all: [UInt8] = []
            for text in ["a", "pause", "b", "c"] { all += FrameWriter.bytes(.text, Array(text.utf8), mask: mask) }
            try await client.send(all)
            #expect(try await [client.event(), client.event(), client.event()] == ["text:a", "text:b", "text:c"])
            #expect(notes.all == ["a", "resumed", "b", "c"])
        }
    }

    @Test func aClientThatReadsNothingIsClosedWith4009AndHearsItIfItReadsOn() async throws {
        try await withEdge { address, notes in
            let client = try TestClient(address, receiveBuffer: 4096)
            try await client.send(TestClient.upgrade("/flood"))
            try await notes.wait(for: "refused")
            _ = try await client.readAnswer()
            var last = ""
            while true {
                let event = try await client.event()
                if event == "end" { break }
                last = event
            }
            #expect(last.prefix(40) == "close:4009:")
            try await notes.wait(for: "ended 4009 ")
        }
    }

    @Test func ourCloseWaitsForThePeersAndReportsOurCode() async throws {
        try await withEdge { address, notes in
            let client = try TestClient(address)
            _ = try await client.open("/x")
            try await client.message("close")
            #expect(try await client.event() == "close:4001:epoch=5")
            try await client.message("too late")
            #expect(!notes.all.contains("ended 4001 "))
            try await client.send(FrameWriter.close(code: .normal, mask: 5))
            #expect(try await client.event() == "end")
            try await notes.wait(for: "ended 4001 ")
            #expect(!notes.all.contains("too late"))
        }
    }

    @Test func aClientThatVanishesIsReportedAs1006() async throws {
        try await withEdge { address, notes in
            var client: TestClient? = try TestClient(address)
            _ = try await client?.open("/x")
            client = nil
            try await notes.wait(for: "ended 1006 ")
        }
    }

    @Test func aSilentClientIsPingedAndGivenUp() async throws {
        var limits = EdgeLimits()
        // Shorter than the patience with its pong: a deadline of the head that outlived the head would end it first.
        limits.headTime = .seconds(2)
        limits.keepAlive = .init(idle: .milliseconds(40), answerWithin: .seconds(3))
        try await withEdge(limits) { address, _ in
            let client = try TestClient(address)
            _ = try await client.open("/x")
            #expect(try await client.event() == "ping")
            try await client.send(FrameWriter.bytes(.pong, [], mask: 1))
            #expect(try await client.event() == "ping")
            #expect(try await client.event() == "close:4008:pongTimeout")
            #expect(try await client.event() == "end")
        }
    }

    @Test func tooManyPingsAreClosedWith1008() async throws {
        try await withEdge { address, _ in
            let client = try TestClient(address)
            _ = try await client.open("/x")
            let ping = FrameWriter.bytes(.ping, [], mask: 1)
            try await client.send((0..<51).flatMap { _ in ping })
            var events: [String] = []
            repeat { events.append(try await client.event()) } while events.last != "end"
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
        let client = try TestClient(first.0)
        try await client.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
        _ = try await client.readAnswer()
        _ = try await client.open("/move", behind: FrameWriter.bytes(.text, Array("who".utf8), mask: 1))
        #expect(try await client.event() == "text:two")
        try await client.message("who")
        #expect(try await client.event() == "text:two")
    }
}

@Suite struct UserSourceTests {
    @Test func aSourceIsReadFromItsText() {
        #expect(UserSource("query:user") == .query("user"))
        #expect(UserSource("header:X-User") == .header("X-User"))
        #expect(UserSource("cookie:who") == .cookie("who"))
        #expect(UserSource("path") == .path)
        for bad in ["", "query", "query:", "header:a b", "cookie:a=b", "header:X_RINGWAY-user", "path:x", "query:a:b"] {
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
