import Testing

@testable import RingwayClient

@Suite("URLs of WebSockets")
struct WebSocketURLTests {
    @Test("a WebSocket URL is taken apart")
    func url() throws {
        let url = try WebSocketURL("ws://[::1]:7000/chat?user=a%20b")
        #expect(url.host == "::1")
        #expect(url.port == 7000)
        #expect(url.target == "/chat?user=a%20b")
        #expect(url.description == "ws://[::1]:7000/chat?user=a%20b")
        #expect(try WebSocketURL("ws://host?x=1").target == "/?x=1")
        #expect(try WebSocketURL("ws://host").port == 80)
        let secure = try WebSocketURL("wss://host/chat")
        #expect(secure.isSecure && secure.port == 443 && secure.description == "wss://host:443/chat")
        #expect(try !WebSocketURL("ws://host").isSecure)
    }

    @Test(
        "what is no WebSocket URL is refused",
        arguments: [
            "http://a/", "wss:/a/", "ws://", "ws://:7/", "ws://a:0/", "ws://a:70000/", "ws://a/ b", "ws://a/#b",
            "ws://a/ü",
        ])
    func noURL(text: String) { #expect(throws: WebSocketURL.Malformed.self) { try WebSocketURL(text) } }
}
