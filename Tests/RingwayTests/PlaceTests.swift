import Testing

@testable import ringway

@Suite("Where servers are, as people write it")
struct PlaceTests {
    @Test(
        "an address is host:port or a URL of a server",
        arguments: [
            ("127.0.0.1:7000", "127.0.0.1:7000"), ("http://127.0.0.1:7000", "127.0.0.1:7000"),
            ("http://localhost:80/", "localhost:80"), ("[::1]:7000", "[::1]:7000"),
        ])
    func address(text: String, meaning: String) throws {
        #expect(try ServerAddress(text, from: "--gateway").description == meaning)
    }

    @Test(
        "what is no address is refused with its source",
        arguments: ["", "foo:bar", "1.2.3.4:99999", "http://a:1/x", "a b:1"])
    func noAddress(text: String) {
        let failure = #expect(throws: Failure.self) { try ServerAddress(text, from: "RINGWAY_GATEWAY") }
        #expect(failure?.description.hasPrefix("RINGWAY_GATEWAY: '\(text)'") == true)
    }

    @Test("users are percent-encoded byte by byte")
    func percent() {
        #expect(PercentEncoding.text("a-._~Z9") == "a-._~Z9")
        #expect(PercentEncoding.text("a b/ü+&\u{F}") == "a%20b%2F%C3%BC%2B%26%0F")
    }

    @Test("a Redis URL is shown without its password")
    func redis() {
        let given = RedisChoice.given(url: "redis://me:secret@127.0.0.1:6380")
        #expect(given.shownURL == "redis://127.0.0.1:6380")
        #expect(!given.commandLine.contains("secret"))
        #expect(RedisChoice.own(port: 4711).commandLine == "redis-cli -p 4711")
        #expect(RedisChoice.given(url: "redis://127.0.0.1:6379").commandLine == "redis-cli")
        #expect(RedisChoice.given(url: "unix:/run/redis.sock").commandLine == "redis-cli -s /run/redis.sock")
    }

    @Test("settings go to the registry as JSON, numbers as numbers")
    func settings() {
        #expect(SettingsText.split("plan") == nil)
        #expect(SettingsText.split("=x") == nil)
        let assignments = ["plan=reconnect-all", "vnodes=200", "x=a\"b=c"].compactMap(SettingsText.split)
        let body = String(decoding: SettingsText.body(assignments), as: UTF8.self)
        #expect(body == #"{"plan":"reconnect-all","vnodes":200,"x":"a\"b=c"}"#)
    }
}
