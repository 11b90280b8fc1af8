import ClusterModel
import Foundation
import HashRing
import Logging
import Operations
import Reactor
import RedisLink
import SessionLink
import TestRedis
import Testing

@testable import Registry

/// A whole registry in this process: real HTTP, a real store, real call backs; stopped at the end of `run`.
struct RunningRegistry: Sendable {
    let url: HTTPURL
    let redis: RedisServer
    /// The test's own look into the store; it does not block a thread that the registry may need.
    private let look: RedisClient

    /// Runs a registry while `body` uses it.
    /// - Parameter isReady: whether `body` begins only when the registry has resumed.
    static func run(
        on redis: RedisServer, services: [String] = ["chat"], timing: RegistryTiming = Sample.timing,
        isReady: Bool = true, networks: AllowedNetworks = .loopback, credentials: RegistryCredentials = .development,
        _ body: (RunningRegistry) async throws -> Void
    ) async throws {
        let configuration = RegistryConfiguration(
            host: "127.0.0.1", port: 0, redisURL: try RedisURL(redis.url()), keyspace: .standard,
            services: try services.map { try ServiceName($0) }, timing: timing, networks: networks,
            credentials: credentials)
        let (addresses, announced) = AsyncStream.makeStream(of: String.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let process = try await RegistryProcess(
            configuration, logger: logger, droppedLogLines: { 0 }, announce: { announced.yield($0) })
        let loops = LoopGroup(count: 1, name: "look")
        let look = RedisClient(on: loops.loops[0], url: configuration.redisURL, name: "test")
        defer { loops.stop() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in process.services { group.addTask { try? await service.run() } }
            var first = addresses.makeAsyncIterator()
            let address = try #require(await first.next())
            let registry = RunningRegistry(url: try HTTPURL("http://\(address)"), redis: redis, look: look)
            if isReady { try await registry.awaitOutcome("200") { try await registry.outcome("GET", "/readyz") } }
            try await body(registry)
            group.cancelAll()
        }
        await look.stop()
    }

    // MARK: Calls

    func call(
        _ method: String, _ path: String, _ body: String = "", token: String? = nil
    ) async throws -> HTTPAnswer {
        try await HTTPCall.send(
            method, try url.with(path: path), body: Array(body.utf8),
            headers: token.map { [("Authorization", "Bearer \($0)")] } ?? [], deadline: .seconds(20))
    }

    /// The status and, for an error, its code: `409 stale_incarnation`.
    func outcome(
        _ method: String, _ path: String, _ body: String = "", token: String? = nil
    ) async throws -> String {
        let answer = try await call(method, path, body, token: token)
        let object = try? JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let code = (object?["error"] as? [String: Any])?["code"] as? String
        return ([String(answer.status)] + [code].compactMap(\.self)).joined(separator: " ")
    }

    func json(_ path: String) async throws -> [String: Any] {
        let answer = try await call("GET", path)
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
    }

    func register(
        _ id: String, incarnation: UInt64 = 1, at address: String, weight: Int = 100, service: String = "chat",
        key: String = Sample.proofKeyText, token: String? = nil
    ) async throws -> String {
        try await outcome(
            "POST", "/v1/services/\(service)/nodes",
            #"{"id":"\#(id)","incarnation":\#(incarnation),"kind":"ringway","address":"\#(address)","#
                + #""url":"ws://127.0.0.1:7200/\#(service)","weight":\#(weight),"zone":"","loops":1,"#
                + #""proof_key":"\#(key)"}"#, token: token)
    }

    func heartbeat(_ id: String, incarnation: UInt64 = 1, epoch: UInt64 = 0, service: String = "chat") async throws
        -> String
    {
        try await outcome(
            "PUT", "/v1/services/\(service)/nodes/\(id)/heartbeat",
            #"{"incarnation":\#(incarnation),"epoch":\#(epoch),"sessions":3}"#)
    }

    // MARK: Looking

    /// The stored ring, checked like any reader would; `nil` if there is none.
    func stored(_ service: String = "chat") async throws -> RingSnapshot? {
        let reply = try await look.command("HGET", "ringway:{\(service)}:ring", "document", deadline: .seconds(20))
        guard let document = reply.bytes else { return nil }
        return try RingSnapshot(bytes: document, for: ServiceName(service))
    }

    /// What the store answers to a command, all texts in one.
    func redisText(_ command: RedisArgument...) async throws -> String {
        let reply = try await look.command(command, deadline: .seconds(20))
        return (reply.elements ?? [reply]).compactMap(\.text).joined(separator: " ")
    }

    /// Asks again and again until the stored ring is as wanted; the last one seen otherwise, which fails the test.
    @discardableResult
    func awaitRing(
        _ service: String = "chat", within limit: Duration = .seconds(20), keeping alive: [String] = [],
        until isWanted: (RingSnapshot) -> Bool
    ) async throws -> RingSnapshot {
        let deadline = ContinuousClock.now + limit
        while true {
            let snapshot = try await stored(service)
            if let snapshot, isWanted(snapshot) { return snapshot }
            if ContinuousClock.now > deadline {
                let ids = snapshot?.nodes.map { "\($0.id):\($0.weight)" } ?? ["no ring"]
                throw NotSeen(what: "the wanted ring; last was \(ids)")
            }
            for id in alive { _ = try await heartbeat(id, service: service) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Asks again and again until the outcome is this one.
    func awaitOutcome(_ wanted: String, within limit: Duration = .seconds(20), _ ask: () async throws -> String)
        async throws
    {
        let deadline = ContinuousClock.now + limit
        while true {
            let outcome = try await ask()
            if outcome == wanted { return }
            if ContinuousClock.now > deadline { throw NotSeen(what: "\(wanted); last was \(outcome)") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    struct NotSeen: Error {
        let what: String
    }
}

extension RingSnapshot {
    var ids: [String] { nodes.map(\.id.text) }
}
