import Testing

@testable import Operations

@Suite struct RouteTableTests {
    private static func route(_ method: String, _ pattern: String) -> AdminRoute {
        AdminRoute(method, pattern) { _ in .json(200, []) }
    }

    private let table = RouteTable([
        route("GET", "/v1/services"), route("GET", "/v1/services/{service}/nodes"),
        route("POST", "/v1/services/{service}/nodes"), route("DELETE", "/v1/services/{service}/nodes/{id}"),
    ])

    private func describe(_ method: String, _ path: Substring) -> String {
        switch table.match(method: method, path: path) {
        case .route(let route, let parameters):
            let names = parameters.sorted { $0.key < $1.key }
                .map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }
            return ([route.method, route.pattern] + names).joined(separator: " ")
        case .otherMethods(let methods): return "only " + methods.joined(separator: ",")
        case .none: return "none"
        case .malformed: return "malformed"
        }
    }

    @Test(arguments: [
        ("GET", "/v1/services", "GET /v1/services"),
        ("POST", "/v1/services/chat/nodes", "POST /v1/services/{service}/nodes service=chat"),
        ("DELETE", "/v1/services/chat/nodes/a%3A1", "DELETE /v1/services/{service}/nodes/{id} id=a:1 service=chat"),
        ("DELETE", "/v1/services/chat/nodes/a%2Fb", "DELETE /v1/services/{service}/nodes/{id} id=a/b service=chat"),
        ("DELETE", "/v1/services/chat/nodes/a+b", "DELETE /v1/services/{service}/nodes/{id} id=a+b service=chat"),
        ("PUT", "/v1/services/chat/nodes", "only GET,POST"), ("GET", "/v1/services/", "none"),
        ("GET", "/v1/services//nodes", "none"), ("GET", "/", "none"), ("GET", "", "none"),
        ("GET", "/v1/services/%zz/nodes", "malformed"), ("GET", "/v1/services/%4", "malformed"),
        ("GET", "/v1%2Fservices", "none"),
    ])
    func `a path is split first and decoded once`(_ method: String, _ path: Substring, _ expected: String) {
        #expect(describe(method, path) == expected)
    }

    @Test func `a query is decoded once and a plus sign stays`() throws {
        let query = try #require(PercentDecoding.query("user=a%2Bb+c&x&=y&&e=%25%32=1"))
        let texts = query.map {
            "\(String(decoding: $0.name, as: UTF8.self)):\(String(decoding: $0.value, as: UTF8.self))"
        }
        #expect(texts == ["user:a+b+c", "x:", ":y", "e:%2=1"])
        #expect(PercentDecoding.query("a=%g0") == nil)
    }
}

@Suite struct AdminGuardTests {
    @Test(
        arguments: [
            ("GET", "127.0.0.1:7300", nil, true), ("POST", "localhost:7300", nil, true),
            ("GET", "[::1]:7300", nil, true),
            ("GET", nil, nil, true), ("POST", "127.0.0.1", "http://evil.example", false),
            ("DELETE", "127.0.0.1", "null", false), ("GET", "127.0.0.1", "http://dash.example", true),
            ("GET", "rebind.evil.example:7300", nil, false),
        ] as [(String, String?, String?, Bool)])
    func `a loopback port is not for web pages`(_ method: String, _ host: String?, _ origin: String?, _ passes: Bool) {
        let refusal = AdminGuard(host: "127.0.0.1").refusal(method: method, host: host, origin: origin)
        #expect((refusal == nil) == passes)
    }
}
