import Testing

@testable import WebSocketWire

@Suite("Path and query")
struct RequestTargetTests {
    func head(target: String) throws -> HTTPHead {
        try #require(readHead("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n"))
    }

    @Test(arguments: [
        ("/?user=alice", "alice"), ("/?a=1&user=bob&b=2", "bob"), ("/?user=a%20b", "a b"), ("/?user=a+b", "a+b"),
        ("/?user=a%2Bb", "a+b"), ("/?user=a%26b%3Dc", "a&b=c"), ("/?user=%2561", "%61"), ("/?us%65r=x", "x"),
        ("/?user", ""), ("/?user=", ""), ("/?user=a=b", "a=b"), ("/?&&user=x&", "x"), ("/?user=a?b/c", "a?b/c"),
        ("/?user=J%C3%BCrgen", "Jürgen"),
    ])
    func `A parameter is decoded exactly once and plus stays plus`(target: String, user: String) throws {
        #expect(try head(target: target).queryParameter("user") == Array(user.utf8))
    }

    @Test(arguments: ["/", "/?", "/?users=a", "/?User=a", "/user=a", "/?a&b", "/%3Fuser=a"])
    func `A parameter that is not there is nil`(target: String) throws {
        #expect(try head(target: target).queryParameter("user") == nil)
    }

    @Test func `A parameter given twice is refused, also when one is encoded`() throws {
        for target in ["/?user=a&user=a", "/?user=a&%75ser=b", "/?user&user"] {
            let head = try head(target: target)
            #expect(throws: HTTPRefusal.self) { try head.queryParameter("user") }
        }
    }

    @Test func `Bytes that are no text are given as bytes`() throws {
        #expect(try head(target: "/?user=%ff%00").queryParameter("user") == [0xff, 0])
    }

    @Test func `A path falls into decoded components`() throws {
        func components(_ target: String) throws -> [String] {
            try head(target: target).pathComponents.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(try components("/") == [])
        #expect(try components("/chat") == ["chat"])
        #expect(try components("/chat/a%2Fb?x=/y") == ["chat", "a/b"])
        #expect(try components("/chat/") == ["chat", ""])
        #expect(try components("//chat") == ["", "chat"])
    }

    @Test func `Path and query are given as they were sent`() throws {
        let head = try head(target: "/a%20b?c=%64?e")
        #expect(head.path == "/a%20b")
        #expect(head.query == "c=%64?e")
        #expect(head.target == "/a%20b?c=%64?e")
        #expect(try self.head(target: "/a").query == nil)
    }
}
