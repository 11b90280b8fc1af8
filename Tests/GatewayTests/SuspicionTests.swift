import ClusterModel
import HashRing
import Logging
import Reactor
import TestClients
import Testing

@testable import Gateway

@Suite struct SuspicionTests {
    private static func id(_ text: String) throws -> NodeID { try NodeID(text) }

    // MARK: What the loops notice

    @Test func aLinkThatBreaksUnderASessionIsASuspicionAboutItsRun() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5, incarnation: 7)
            let client = try TestClient(gateway.address)
            #expect(try await client.open("/chat?user=alice").hasPrefix("HTTP/1.1 101"))
            try await client.message("vanish")
            #expect(try await client.event().hasPrefix("close:4003"))
            let report = try await gateway.nextSuspicion()
            #expect(report.node.text == "node-1" && report.service.text == "chat")
            #expect(report.incarnation.value == 7 && report.reason == .reset)
        }
    }

    @Test func aPortThatRefusesIsASuspicion() async throws {
        try await withGateway { gateway in
            let closed = try await gateway.closedPort()
            try gateway.adopt(epoch: 5, address: NodeAddress(host: "127.0.0.1", port: closed))
            #expect(try await TestClient(gateway.address).open("/chat?user=a").hasPrefix("HTTP/1.1 502"))
            #expect(try await gateway.nextSuspicion().reason == .refused)
        }
    }

    @Test func aLinkThatTheRingLetGoIsNoSuspicion() async throws {
        try await withGateway { gateway in
            try gateway.adopt(epoch: 5)
            let client = try TestClient(gateway.address)
            #expect(try await client.open("/chat?user=alice").hasPrefix("HTTP/1.1 101"))
            try gateway.adopt(epoch: 6, incarnation: 2)
            #expect(try await client.event().hasPrefix("close:4001"))
            // Had it been one, it would stand before this one.
            let again = try TestClient(gateway.address)
            #expect(try await again.open("/chat?user=alice").hasPrefix("HTTP/1.1 101"))
            try await again.message("vanish")
            #expect(try await gateway.nextSuspicion().incarnation.value == 2)
        }
    }

    // MARK: What waits

    @Test func aRunOfANodeIsReportedOnceASecond() throws {
        let mailbox = SuspicionMailbox()
        let (chat, game) = (try ServiceName("chat"), try ServiceName("game"))
        func suspect(_ service: ServiceName, _ incarnation: UInt64, _ milliseconds: Int64) throws {
            mailbox.suspect(
                try Self.id("a"), incarnation: try #require(Incarnation(incarnation)), of: service, reason: .reset,
                at: MonotonicTime(nanoseconds: milliseconds * 1_000_000))
        }
        for _ in 0..<100 { try suspect(chat, 1, 5000) }
        try suspect(chat, 1, 5999)
        #expect(mailbox.take().count == 1)
        // Another run, another service, a second later: news.
        try suspect(chat, 2, 5999)
        try suspect(game, 1, 5999)
        try suspect(chat, 1, 6000)
        #expect(mailbox.take().map(\.incarnation.value) == [2, 1, 1])
    }

    @Test func whatFindsNoRoomIsDroppedAndCountedAndOnlySomeAreUnderWay() throws {
        let mailbox = SuspicionMailbox()
        let chat = try ServiceName("chat")
        for index in 0..<1000 {
            mailbox.suspect(
                try Self.id("n\(index)"), incarnation: .unknown, of: chat, reason: .silent,
                at: MonotonicTime(nanoseconds: 0))
        }
        #expect(mailbox.dropped.value == 1000 - UInt64(SuspicionMailbox.most))
        #expect(mailbox.take().count == SuspicionMailbox.mostUnderWay)
        #expect(mailbox.take().isEmpty)
        mailbox.done()
        #expect(mailbox.take().map(\.node.text) == ["n\(SuspicionMailbox.mostUnderWay)"])
        // A second later there is room for news again.
        for _ in 0..<SuspicionMailbox.most { for _ in mailbox.take() { mailbox.done() } }
        mailbox.suspect(
            try Self.id("late"), incarnation: .unknown, of: chat, reason: .silent,
            at: MonotonicTime(nanoseconds: 1_000_000_000))
        #expect(mailbox.dropped.value == 1000 - UInt64(SuspicionMailbox.most))
    }

    // MARK: What is sent

    private struct NoAnswer: Error {}

    /// A reporter of two suspicions about two nodes, whose registries answer as `answers` says.
    private func reporting(
        _ answers: @escaping @Sendable (Int) throws -> Int, until count: Int
    ) async throws -> ([String], SuspicionReporter) {
        let calls = Journal<String>()
        let mailbox = SuspicionMailbox()
        let reporter = SuspicionReporter(
            mailbox, gateway: "gateway-1", registries: 3,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { registry, service, path, body in
            calls.add("\(registry) \(service) \(path) \(String(decoding: body, as: UTF8.self))")
            return try answers(registry)
        }
        let running = Task { try await reporter.run() }
        defer { running.cancel() }
        for (index, node) in ["a", "b"].enumerated() {
            mailbox.suspect(
                try Self.id(node), incarnation: try #require(Incarnation(9)), of: try ServiceName("chat"),
                reason: .reset, at: MonotonicTime(nanoseconds: Int64(index)))
            let ended = UInt64(index + 1)
            while reporter.sent.value + reporter.failed.value < ended { await Task.yield() }
        }
        return (try await calls.wait("\(count) calls") { $0.count >= count }, reporter)
    }

    @Test func aReportGoesToTheRegistryThatAnswersAndTheNextOneStraightThere() async throws {
        let (calls, reporter) = try await reporting({ if $0 == 1 { 202 } else { throw NoAnswer() } }, until: 3)
        let report = #"{"incarnation":9,"by":"gateway-1","reason":"reset"}"#
        #expect(
            calls == [
                "0 chat /v1/services/chat/nodes/a/suspicions \(report)",
                "1 chat /v1/services/chat/nodes/a/suspicions \(report)",
                "1 chat /v1/services/chat/nodes/b/suspicions \(report)",
            ])
        #expect(reporter.sent.value == 2 && reporter.failed.value == 0)
    }

    @Test func aReportThatNobodyTakesIsGivenUpAndOneThatIsRefusedGoesNowhereElse() async throws {
        let (all, silent) = try await reporting({ _ in 503 }, until: 6)
        #expect(all.map { $0.prefix(1) } == ["0", "1", "2", "0", "1", "2"])
        #expect(silent.failed.value == 2 && silent.sent.value == 0)
        let (refused, reporter) = try await reporting({ _ in 401 }, until: 2)
        #expect(refused.count == 2 && reporter.failed.value == 2)
    }
}
