import Reactor
import Testing

@testable import ringway

@Suite("A load on a server", .serialized)
struct LoadTests {
    private static func plan(_ address: SocketAddress, _ path: String, rate: Double?) -> LoadPlan {
        LoadPlan(
            kind: .echo, doors: [("ws://\(address)\(path)?user={user}", address)], user: "user{i}", connections: 8,
            size: 64, window: 4, rate: rate, warmup: .milliseconds(50), duration: .seconds(1), loops: 1)
    }

    @Test(
        "a load against an honest server loses nothing, in a closed and in an open loop",
        arguments: [nil, 500] as [Double?])
    func load(rate: Double?) async throws {
        try await withEchoServer { address in
            let report = try await LoadRun.run(Self.plan(address, "/", rate: rate), pids: [])
            #expect(!report.hasErrors, "\(report.text)")
            #expect(report.tally.latency.count > 20)
            #expect(report.tally.latency.quantile(0.5) > 0)
        }
    }

    @Test("a load notices one wrong bit")
    func wrongEcho() async throws {
        try await withEchoServer { address in
            let report = try await LoadRun.run(Self.plan(address, "/wrong", rate: nil), pids: [])
            #expect(report.tally.errors["not the message that was sent"] ?? 0 > 0)
            #expect(report.tally.latency.count == 0)
        }
    }

    @Test("a load without a server says why")
    func noServer() async throws {
        let nowhere = try SocketAddress(host: "127.0.0.9", port: 9)
        let failure = await #expect(throws: Failure.self) {
            try await LoadRun.run(Self.plan(nowhere, "/", rate: nil), pids: [])
        }
        #expect(failure?.description.contains("Connection refused") == true)
    }
}
