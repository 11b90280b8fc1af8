import Foundation
import Logging
import Synchronization
import Testing

@testable import Operations

/// Runs a server on a free port while `body` calls it.
private func serving(
    readiness: @escaping @Sendable () async -> [String] = { [] },
    routes: [AdminRoute] = [], access: AdminAccess = .open, _ body: (HTTPURL) async throws -> Void
) async throws {
    let server = AdminServer(
        host: "127.0.0.1", port: 0, access: access, logger: Logger(label: "test"), readiness: readiness,
        metrics: { [MetricFamily("ringway_test", .gauge, help: "A test.", value: 7)] }, routes: routes)
    let running = Task { try await server.run() }
    let address = try await server.boundAddress()
    do {
        try await body(try HTTPURL("http://\(address)"))
    } catch {
        running.cancel()
        _ = await running.result
        throw error
    }
    running.cancel()
    _ = await running.result
}

@Suite(.timeLimit(.minutes(1))) struct AdminServerTests {
    @Test func `it answers alive, ready and metrics`() async throws {
        try await serving { url in
            let alive = try await HTTPCall.send("GET", try url.with(path: "/livez"))
            #expect(alive.status == 200)
            let ready = try await HTTPCall.send("GET", try url.with(path: "/readyz"))
            #expect(ready.status == 200 && ready.text == "{\"ready\":true,\"reasons\":[]}\n")
            let metrics = try await HTTPCall.send("GET", try url.with(path: "/metrics"))
            #expect(metrics.text == "# HELP ringway_test A test.\n# TYPE ringway_test gauge\nringway_test 7\n")
            #expect(
                metrics.headers.contains {
                    $0.name.lowercased() == "content-type" && $0.value == PrometheusText.mediaType
                })
        }
    }

    @Test func `not ready says why`() async throws {
        try await serving(readiness: { ["no ring yet", "redis \"down\""] }) { url in
            let ready = try await HTTPCall.send("GET", try url.with(path: "/readyz"))
            #expect(ready.status == 503)
            #expect(ready.text == "{\"ready\":false,\"reasons\":[\"no ring yet\",\"redis \\\"down\\\"\"]}\n")
        }
    }

    @Test func `a route gets its segments, query and body, and answers with status and headers`() async throws {
        let route = AdminRoute("PUT", "/v1/{thing}") { request in
            let text = "\(request.parameter("thing"))|\(request.queryValue("q") ?? "-")|\(request.body.count)"
            return AdminAnswer(status: 202, mediaType: "text/plain", body: Array(text.utf8), headers: ["X-Echo": "1"])
        }
        try await serving(routes: [route]) { url in
            let body = [UInt8](repeating: 0x61, count: 300_000)
            let answer = try await HTTPCall.send("PUT", try url.with(path: "/v1/a%20b?q=%2B"), body: body)
            #expect(answer.status == 202)
            #expect(answer.text == "a b|+|300000")
            #expect(answer.headers.contains { $0.name.lowercased() == "x-echo" && $0.value == "1" })
        }
    }

    @Test func `wrong paths, methods, origins and sizes are refused in words`() async throws {
        let route = AdminRoute("POST", "/v1/x") { _ in .json(200, Array("{}".utf8)) }
        try await serving(routes: [route]) { (url) async throws -> Void in
            func code(
                _ method: String, _ path: String, _ body: [UInt8] = [], _ headers: [(name: String, value: String)] = []
            )
                async throws -> String
            {
                let answer = try await HTTPCall.send(method, try url.with(path: path), body: body, headers: headers)
                let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: [String: String]]
                return "\(answer.status) \(object?["error"]?["code"] ?? "-")"
            }
            #expect(try await code("GET", "/nowhere") == "404 not_found")
            #expect(try await code("GET", "/v1/x") == "405 method_not_allowed")
            #expect(try await code("POST", "/v1/%x") == "400 bad_request")
            #expect(try await code("POST", "/v1/x?%") == "400 bad_request")
            #expect(try await code("POST", "/v1/x", [], [("Origin", "http://evil.example")]) == "403 origin_forbidden")
            #expect(try await code("GET", "/livez", [], [("Host", "evil.example")]) == "403 host_forbidden")
            let large = [UInt8](repeating: 0x20, count: AdminServer.maxBodyBytes + 1)
            #expect(try await code("POST", "/v1/x", large) == "413 too_large")
            #expect(try await code("POST", "/v1/x", Array(large.dropLast())) == "200 -")
        }
    }

    @Test func `a write without a token is refused before its body is read`() async throws {
        let count = Mutex(0)
        let route = AdminRoute("POST", "/v1/services/{service}/x") { _ in
            count.withLock { $0 += 1 }
            return .json(200, Array("{}".utf8))
        }
        let tokens = try SecretLines.tokens("chat:only-chat-0123456789-0123456789-0")
        try await serving(routes: [route], access: AdminAccess(tokens)) { url in
            let body = [UInt8](repeating: 0x20, count: AdminServer.maxBodyBytes + 1)
            func status(_ service: String, _ fields: [(name: String, value: String)]) async throws -> Int {
                let path = "/v1/services/\(service)/x"
                return try await HTTPCall.send("POST", try url.with(path: path), body: body, headers: fields).status
            }
            let good = (name: "Authorization", value: "Bearer only-chat-0123456789-0123456789-0")
            #expect(try await status("chat", []) == 401)
            #expect(try await status("game", [good]) == 403)
            #expect(try await status("chat", [good]) == 413)
            #expect(
                try await HTTPCall.send("POST", try url.with(path: "/v1/services/chat/x"), headers: [good]).status
                    == 200)
            let answer = try await HTTPCall.send("POST", try url.with(path: "/v1/services/chat/x"))
            #expect(answer.status == 401)
            #expect(
                answer.headers.contains {
                    $0.name.lowercased() == "www-authenticate" && $0.value == "Bearer realm=\"ringway\""
                })
        }
        #expect(count.withLock { $0 } == 1)
    }

    @Test func `a port that is taken is said in words`() async throws {
        try await serving { url in
            let second = AdminServer(host: "127.0.0.1", port: url.port, logger: Logger(label: "test"))
            await #expect(throws: CannotListen.self) { try await second.run() }
        }
    }

    @Test func `who waits for the address of a server that never starts can be cancelled`() async {
        let server = AdminServer(host: "127.0.0.1", port: 0, logger: Logger(label: "test"))
        let waiting = Task { try await server.boundAddress() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
