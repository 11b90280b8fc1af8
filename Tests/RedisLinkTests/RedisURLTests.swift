import Testing

@testable import RedisLink

@Suite struct RedisURLTests {
    private func parts(_ text: String) throws -> [String] {
        let url = try RedisURL(text)
        return ["\(url.endpoint)", url.user ?? "-", url.password ?? "-", "\(url.database)"]
    }

    @Test("Every form of redis:// is read, defaults filled in")
    func tcp() throws {
        let local = #"tcp(host: "127.0.0.1", port: 6379)"#
        #expect(try parts("redis://127.0.0.1") == [local, "-", "-", "0"])
        #expect(try parts("redis://127.0.0.1:6379/") == [local, "-", "-", "0"])
        #expect(try parts("redis://127.0.0.1/3") == [local, "-", "-", "3"])
        #expect(try parts("redis://:pw@127.0.0.1") == [local, "-", "pw", "0"])
        #expect(try parts("redis://bob:p%40s%2Fs@127.0.0.1") == [local, "bob", "p@s/s", "0"])
        #expect(try parts("redis://bob:p/w@127.0.0.1/2") == [local, "bob", "p/w", "2"])
        #expect(try parts("redis://bob:a@b@127.0.0.1") == [local, "bob", "a@b", "0"])
        #expect(try parts("redis://[::1]:7") == [#"tcp(host: "::1", port: 7)"#, "-", "-", "0"])
        #expect(try parts("redis://cache.example:7")[0] == #"tcp(host: "cache.example", port: 7)"#)
    }

    @Test("unix: takes a path and parameters")
    func unix() throws {
        #expect(try parts("unix:/run/redis.sock") == [#"unix(path: "/run/redis.sock")"#, "-", "-", "0"])
        #expect(
            try parts("unix:///run/r.sock?user=bob&password=p%26w&db=4") == [
                #"unix(path: "/run/r.sock")"#, "bob", "p&w", "4",
            ])
    }

    @Test(
        "What is wrong is named",
        arguments: [
            ("rediss://h", RedisURLError.tlsNotYet), ("http://h", .unknownScheme), ("", .unknownScheme),
            ("redis://h?x=1", .unexpectedQuery), ("redis://bob@h", .userWithoutPassword),
            ("redis://bob:@h", .userWithoutPassword), ("redis://", .badHost("")), ("redis://a b", .badHost("a b")),
            ("redis://[::1", .badHost("[::1")), ("redis://h:0", .badPort), ("redis://h:65536", .badPort),
            ("redis://h:x", .badPort), ("redis://h:+1", .badPort), ("redis://h/x", .badDatabase("x")),
            ("redis://h/-1", .badDatabase("-1")), ("unix:run", .badPath), ("unix:/a?x=1", .unknownParameter("x")),
            ("redis://bob:%4@h", .badPercentEncoding), ("redis://bob:%zz@h", .badPercentEncoding),
            ("unix:/a?user=bob", .userWithoutPassword),
        ])
    func wrong(_ text: String, _ expected: RedisURLError) {
        #expect(throws: expected) { try RedisURL(text) }
        #expect(!expected.description.isEmpty)
    }

    @Test("Neither a description nor an error shows a password")
    func secret() throws {
        #expect(try RedisURL("redis://bob:hunter2@h:1/2").description == "redis://bob:***@h:1/2")
        #expect(try RedisURL("unix:/s?password=hunter2").description == "unix:/s")
        #expect(throws: RedisURLError.badPort) { try RedisURL("redis://bob:hunter2") }
    }
}
