import Testing

@testable import WebSocketWire

@Suite("The handshake table")
struct UpgradeRequestTests {
    static let right = Request()

    @Test func `The example of the RFC upgrades`() {
        #expect(outcome(Self.right) == .upgrade(consumed: Self.right.text.utf8.count))
    }

    @Test(arguments: [
        right.replacing("Upgrade: WebSocket"), right.replacing("Connection: keep-alive, UPGRADE"),
        right.replacing("upgrade: h2c, websocket"), right.adding("Connection: keep-alive"),
        right.without("Upgrade").adding("Upgrade: foo").adding("Upgrade:\twebsocket \t"),
        right.with { $0.fields = $0.fields.map { "\($0.prefix { $0 != ":" }.uppercased())\($0.drop { $0 != ":" })" } },
        right.adding("Content-Length: 0"), right.adding("Origin: http://example.com"), right.adding("X-Empty:"),
        right.replacing("Host: [::1]:7000"), right.adding("Sec-WebSocket-Protocol: ringway.v1, bearer.a.b-c_d"),
        right.with { $0.line = "GET / HTTP/1.1" }, right.with { $0.line = "GET /%41?a=%00|{} HTTP/1.1" },
    ])
    func `Every right spelling upgrades`(request: Request) {
        #expect(outcome(request) == .upgrade(consumed: request.text.utf8.count))
    }

    @Test(arguments: ["POST", "HEAD", "OPTIONS", "CONNECT", "get", "G"])
    func `Another method gets 405 with Allow`(method: String) {
        let refusal = outcome(Self.right.with { $0.line = "\(method) /chat HTTP/1.1" })
        #expect(refusal == .refused(.methodNotAllowed))
        #expect(HTTPRefusal.methodNotAllowed.headers == [HTTPField("Allow", "GET")])
    }

    @Test(arguments: ["HTTP/1.0", "HTTP/2.0", "HTTP/0.9", "HTTP/1.2"])
    func `Another version of HTTP gets 505`(version: String) {
        #expect(outcome(Self.right.with { $0.line = "GET / \(version)" }).status == 505)
    }

    @Test(arguments: [
        "GET /", "GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET / http/1.1",
        "GET / HTTP/11", "GET / HTTP/1.1.1", "GET\t/ HTTP/1.1", "GET /a b HTTP/1.1", "GET /\u{e9} HTTP/1.1", "",
        "G@T / HTTP/1.1", "GET / HTTQ/1.1", "GET / HTTP/1.x", "GET /a\tb HTTP/1.1",
    ])
    func `A malformed first line gets 400`(line: String) {
        #expect(outcome(Self.right.with { $0.line = line }).status == 400)
    }

    @Test(arguments: [
        "http://server.example.com/chat", "*", "server.example.com:80", "chat", "/chat#top", "/a%zz", "/a%4", "/?u=%",
    ])
    func `A target that is not a clean path gets 400`(target: String) {
        #expect(outcome(Self.right.with { $0.line = "GET \(target) HTTP/1.1" }).status == 400)
    }

    @Test(arguments: [
        right.without("Host"), right.adding("Host: server.example.com"), right.adding("hOsT: other"),
        right.replacing("Host:"), right.replacing("Host: a b"), right.replacing("Host: a,b"),
        right.replacing("Host: u@h"), right.replacing("Host: h/p"), right.replacing("Host: h\u{e9}"),
    ])
    func `A missing, second or malformed Host gets 400`(request: Request) {
        #expect(outcome(request).status == 400)
    }

    @Test(arguments: [
        right.adding("Content-Length: 5"), right.adding("Content-Length: -0"), right.adding("Content-Length: "),
        right.adding("Content-Length: 0, 0"), right.adding("Content-Length: 0").adding("Content-Length: 0"),
        right.adding("Transfer-Encoding: chunked"), right.adding("transfer-encoding: identity"),
        right.adding("Content-Length: 18446744073709551616"), right.adding("Content-Length: 0x0"),
    ])
    func `A body gets 400`(request: Request) {
        #expect(outcome(request).status == 400)
    }

    @Test(arguments: [
        "Sec-WebSocket-Key:", "Sec-WebSocket-Key: AAAA", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWE=",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWFi", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWFiYw==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ===",
    ])
    func `A key that is not 16 bytes gets 400`(key: String) {
        #expect(outcome(Self.right.replacing(key)).status == 400)
    }

    @Test func `A missing or second key gets 400`() {
        #expect(outcome(Self.right.without("Sec-WebSocket-Key")).status == 400)
        #expect(outcome(Self.right.adding("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")).status == 400)
    }

    @Test(arguments: [
        right.without("Upgrade"), right.without("Connection"), right.without("Upgrade").without("Connection"),
        right.replacing("Upgrade: h2c"), right.replacing("Upgrade: websockets"), right.replacing("Upgrade: web socket"),
        right.replacing("Connection: close"), right.replacing("Connection: not-upgrade"),
        Request(line: "GET / HTTP/1.1", fields: ["Host: h", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"]),
    ])
    func `Half an upgrade or h2c gets 426 with Upgrade`(request: Request) {
        #expect(outcome(request) == .refused(.upgradeRequired))
        #expect(HTTPRefusal.upgradeRequired.headers == [HTTPField("Upgrade", "websocket")])
    }

    @Test(arguments: [
        right.without("Sec-WebSocket-Version"), right.replacing("Sec-WebSocket-Version: 8"),
        right.replacing("Sec-WebSocket-Version: 13, 8"), right.replacing("Sec-WebSocket-Version: 013"),
        right.replacing("Sec-WebSocket-Version: 12").without("Sec-WebSocket-Key"),
        right.adding("Sec-WebSocket-Version: 13"), right.adding("Sec-WebSocket-Version: 8"),
    ])
    func `Another WebSocket version gets 426 with the right one`(request: Request) {
        #expect(outcome(request) == .refused(.versionRequired))
        #expect(HTTPRefusal.versionRequired.headers == [HTTPField("Sec-WebSocket-Version", "13")])
    }

    @Test(arguments: [
        right.adding("Origin: http://a").adding("Origin: http://b"),
        right.adding("Sec-WebSocket-Protocol: a b"), right.adding("Sec-WebSocket-Protocol: a, a"),
        right.adding("Sec-WebSocket-Protocol: a").adding("Sec-WebSocket-Protocol: a"),
    ])
    func `What may stand once and stands twice gets 400`(request: Request) {
        #expect(outcome(request).status == 400)
    }

    @Test func `A plain GET is plain, and its method and body are still checked`() {
        let plain = Request(line: "GET /livez HTTP/1.1", fields: ["Host: h"])
        #expect(outcome(plain) == .plain(consumed: plain.text.utf8.count))
        #expect(outcome(plain.with { $0.line = "POST /livez HTTP/1.1" }).status == 405)
        #expect(outcome(plain.adding("Content-Length: 1")).status == 400)
        #expect(outcome(plain.without("Host")).status == 400)
    }

    @Test func `The answer carries the accept value and an offered subprotocol only`() throws {
        let request = try #require(upgrade(Self.right.adding("Sec-WebSocket-Protocol: x,, ringway.v1 ,")))
        #expect(request.subprotocols == ["x", "ringway.v1"])
        let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        let start = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        #expect(request.answer() == Array((start + accept + "\r\n").utf8))
        let chosen = start + accept + "Sec-WebSocket-Protocol: ringway.v1\r\n\r\n"
        #expect(request.answer(subprotocol: "ringway.v1") == Array(chosen.utf8))
        #expect(request.answer(subprotocol: "other\r\nX: y") == Array((start + accept + "\r\n").utf8))
        #expect(request.key == "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(request.origin == nil)
    }
}
