import Testing

@testable import Operations

@Suite struct OriginGrammarTests {
    @Test(arguments: [
        "https://a.example", "http://localhost:8080", "https://a.example:443", "http://127.0.0.1", "http://[::1]:3000",
        "null",
        "capacitor://localhost", "chrome-extension://abcdef", "https://xn--bcher-kva.example", "chat=https://a.example",
        "https://a.example,chat=null", "",
    ])
    func `an origin that a browser can send is taken`(_ text: String) {
        #expect(GatewaySettings.origins.complaint(about: text) == nil)
    }

    @Test(arguments: ["https://a.example,", ",https://a.example", "https://a.example,,null", ","])
    func `a comma too many is refused, and the complaint says so`(_ text: String) throws {
        let complaint = try #require(GatewaySettings.origins.complaint(about: text))
        #expect(complaint.expected.contains("no empty one among them"))
    }

    @Test(arguments: [
        "https://a.example/", "https://a.example/x", "https://A.example", "HTTPS://a.example", "a.example",
        "//a.example",
        "https://", "https://*.example", "*", "https://a.example.", "https://u@a.example", "https://a.example:",
        "https://a.example:0", "https://a.example:080", "https://a.example:65536", "https://a.example:+80", "file://",
        "file://host", "https://b\u{fc}cher.example", "https://a..example", "https://[::1", "https://[1]",
        "https://::1",
        "https://a.example?x", "https://a.example#x", "NULL", "chat=", "1://a", "https://a b.example",
    ])
    func `an origin that no browser can send is refused`(_ text: String) {
        #expect(GatewaySettings.origins.complaint(about: text) != nil)
    }
}
