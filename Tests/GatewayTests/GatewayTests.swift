import ClusterModel
import Reactor
import TestClients
import Testing
import WebSocketWire

@testable import Gateway

@Suite struct GatewayTests {
    @Test func aClientReachesItsOwnerAndMessagesPassBothWays() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let client = try TestClient(gateway.address)
            #expect(try await client.open("/chat?user=alice").hasPrefix("HTTP/1.1 101"))
            try await client.message("hello")
            #expect(try await client.event() == "text:hello")
            #expect(gateway.node.journal.all == ["hello gateway-t chat node-1 0", "attach alice 5", "hello"])
            try await client.send(FrameWriter.close(code: .normal, mask: 1))
            #expect(try await client.event() == "close:1000:")
            try await gateway.node.journal.wait(for: "close 1000")
        }
    }

    @Test func anEmptyRingIs503AndAnUnknownServiceOrPath404() async throws {
        try await withGateway { gateway in
            for (target, status) in [("/chat?user=a", "503"), ("/other?user=a", "404"), ("/a/b?user=a", "404")] {
                let answer = try await TestClient(gateway.address).open(target)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(target): \(answer)")
                #expect(answer.contains("Retry-After: 1\r\n") == (status == "503"))
            }
            try gateway.adopt(epoch: 1, nodes: 0)
            #expect(try await TestClient(gateway.address).open("/chat?user=a").hasPrefix("HTTP/1.1 503 "))
        }
    }

    @Test(arguments: [
        ("https://app.example", "101"), ("http://app.example", "403"), ("https://app.example:443", "403"),
        ("https://app.example.evil", "403"), ("https://evil-app.example", "403"), ("HTTPS://APP.EXAMPLE", "403"),
        ("null", "403"), ("", "403"),
    ])
    func aPageConnectsOnlyFromAnAllowedOrigin(origin: String, status: String) async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let client = try TestClient(gateway.address)
            let request = TestClient.upgrade("/chat?user=a").dropLast() + "Origin: \(origin)\r\n\r\n"
            try await client.send(String(request))
            #expect(try await client.readAnswer().hasPrefix("HTTP/1.1 \(status) "))
        }
    }

    @Test func whereNamesTheOwnerByTheRingOfItsService() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 7)
            let client = try TestClient(gateway.address)
            try await client.send("GET /v1/services/chat/where?user=user-1001 HTTP/1.1\r\nHost: h\r\n\r\n")
            let answer = try await client.readAnswer()
            #expect(answer.contains(#""user":"user-1001","node":"node-1","url":"ws://127.0.0.1:1/chat","epoch":7"#))
            #expect(answer.contains(#""position":"729ee4bd888d3877""#))
            // An answer that says no ends the connection: whoever asks badly asks on one that is new.
            try await client.send("GET /v1/services/game/where?user=a HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.readAnswer().hasPrefix("HTTP/1.1 503 "))
            let other = try TestClient(gateway.address)
            try await other.send("GET /v1/services/chat/where?user=%01 HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await other.readAnswer().hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func aDeadOwnerIs502AndOneThatDropsTheLinkToo() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 1, address: NodeAddress(host: "127.0.0.1", port: 1))
            #expect(try await TestClient(gateway.address).open("/chat?user=a").hasPrefix("HTTP/1.1 502 "))
            try gateway.adopt(epoch: 2, incarnation: 2)
            gateway.node.answer = .drop
            #expect(try await TestClient(gateway.address).open("/chat?user=a").hasPrefix("HTTP/1.1 502 "))
        }
    }

    @Test func aSilentOwnerIs504AndItsLateAnswerHarmsNobody() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 1)
            gateway.node.answer = .nothing
            let client = try TestClient(gateway.address)
            let answer = try await client.open("/chat?user=a")
            #expect(answer.hasPrefix("HTTP/1.1 504 "))
            try await gateway.node.journal.wait(for: "close 1006")
        }
    }

    @Test func anOwnerThatDoesNotEvenGreetIs504() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 1)
            gateway.node.answer = .mute
            let answer = try await TestClient(gateway.address).open("/chat?user=a")
            #expect(answer.hasPrefix("HTTP/1.1 504 "))
        }
    }

    @Test func movedWithAHigherEpochReadsTheRingAndRoutesAgain() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            gateway.node.answer = .moved(9)
            let client = try TestClient(gateway.address)
            try await client.send(TestClient.upgrade("/chat?user=alice"))
            try await gateway.node.journal.wait(for: "attach alice 5")
            gateway.node.answer = .attach
            try await gateway.refreshes.wait("a refresh") { !$0.isEmpty }
            #expect(!gateway.node.journal.all.contains("attach alice 9"))
            try gateway.adopt(epoch: 9)
            #expect(try await client.readAnswer().hasPrefix("HTTP/1.1 101"))
            #expect(gateway.node.journal.all.contains("attach alice 9"))
        }
    }

    @Test func movedForEverEndsWith503AndNotInALoop() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            gateway.node.answer = .moved(4)
            let answer = try await TestClient(gateway.address).open("/chat?user=alice")
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            #expect(gateway.node.journal.all.filter { $0.hasPrefix("attach") }.count == 16)
        }
    }

    @Test func whatTheNodeRefusesTheClientHears() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            gateway.node.answer = .refuse(403, "not you")
            let answer = try await TestClient(gateway.address).open("/chat?user=alice")
            #expect(answer.hasPrefix("HTTP/1.1 403 ") && answer.contains("not you"))
        }
    }

    @Test func theNodesCloseReachesTheClientWithItsReason() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let client = try await gateway.enter("alice")
            try await client.message("close")
            #expect(try await client.event() == "close:4001:epoch=9")
        }
    }

    @Test func aNodeThatLeavesTheRingLosesItsSessionsWithAHint() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let client = try await gateway.enter("alice")
            try gateway.adopt(epoch: 6, incarnation: 2)
            let event = try await client.event()
            #expect(event.hasPrefix("close:4001") && event.contains("retry=") && event.contains("epoch=6"))
        }
    }

    @Test func twoServicesNeverShareALink() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            try gateway.adopt(epoch: 6, service: 1)
            let chat = try TestClient(gateway.address)
            let game = try TestClient(gateway.address)
            _ = try await chat.open("/chat?user=alice")
            _ = try await game.open("/game?user=alice")
            #expect(gateway.node.journal.all.contains("hello gateway-t chat node-1 0"))
            #expect(gateway.node.journal.all.contains("hello gateway-t game node-1 0"))
            try gateway.adopt(epoch: 7, service: 1, nodes: 0)
            #expect(try await game.event().hasPrefix("close:4001"))
            try await chat.message("still here")
            #expect(try await chat.event() == "text:still here")
        }
    }
}

@Suite struct CreditTests {
    @Test func aClientThatSendsWithoutCreditIsNotReadAndNobodyElseSuffers() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let greedy = try await gateway.enter("greedy")
            let good = try await gateway.enter("good")
            let message = "swallow" + String(repeating: "x", count: 100_000)
            for _ in 0..<6 { try await greedy.message(message) }
            try await gateway.node.journal.wait("two of them") { $0.count { $0 == "swallowed" } == 2 }
            for number in 0..<50 {
                try await good.message("m\(number)")
                #expect(try await good.event() == "text:m\(number)")
            }
            // 256 KiB of credit: two messages of 100 KB fit, the end of the third waits in the gateway.
            #expect(gateway.node.journal.all.filter { $0 == "swallowed" }.count == 2)
        }
    }

    @Test func aSlowReaderHoldsItsOwnCreditAndGivesItBackWhenItReads() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let slow = try await gateway.slowReader()
            try await slow.message("after")
            #expect(try await slow.event() == "text:after")
            let given = gateway.node.journal.all.compactMap { $0.hasPrefix("credit ") ? Int($0.dropFirst(7)) : nil }
            #expect(given.reduce(0, +) >= 192 << 10)
        }
    }
}
