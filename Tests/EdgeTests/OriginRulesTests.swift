import ClusterModel
import Edge
import TestClients
import Testing
import WebSocketWire

@Suite struct OriginRulesTests {
    private let chat: ServiceName
    private let game: ServiceName

    init() throws {
        chat = try ServiceName("chat")
        game = try ServiceName("game")
    }

    private func status(_ rules: OriginRules, _ service: ServiceName, _ fields: String...) throws -> Int {
        let text = "GET / HTTP/1.1\r\nHost: h\r\n" + fields.map { "Origin: \($0)\r\n" }.joined() + "\r\n"
        let reading = Array(text.utf8).withUnsafeBytes { HTTPHead.parse($0) }
        guard case .head(let head, _) = reading else { throw ClientError("not a head: \(text)") }
        do throws(HTTPRefusal) {
            try rules.check(head, for: service)
            return 101
        } catch {
            return error.status
        }
    }

    @Test func `a page may come if its origin is listed, for all or for this service`() throws {
        let rules = OriginRules(allowed: ["https://a.example"], byService: [game: ["https://g.example"]])
        for service in [chat, game] {
            #expect(try status(rules, service) == 101)
            #expect(try status(rules, service, "https://a.example") == 101)
            #expect(try status(rules, service, "https://a.example", "https://a.example") == 400)
            for other in [
                "http://a.example", "https://a.example.", "https://a.example:443", "https://A.example", "null", "",
            ] {
                #expect(try status(rules, service, other) == 403, "\(other)")
            }
        }
        #expect(try status(rules, game, "https://g.example") == 101)
        #expect(try status(rules, chat, "https://g.example") == 403)
    }

    @Test func `nothing listed lets no page in`() throws {
        #expect(try status(OriginRules(), chat) == 101)
        #expect(try status(OriginRules(allowed: [""]), chat, "") == 403)
    }

    @Test func `null comes in only where it is listed`() throws {
        #expect(try status(OriginRules(allowed: ["https://a.example"]), chat, "null") == 403)
        #expect(try status(OriginRules(allowed: ["null"]), chat, "null") == 101)
        #expect(try status(OriginRules(allowed: ["null"]), chat, "NULL") == 403)
    }

    @Test func `the scheme's own port is left out, as browsers do`() throws {
        let rules = OriginRules(allowed: ["https://a.example:443", "http://b.example:80", "http://c.example:443"])
        for good in ["https://a.example", "http://b.example", "http://c.example:443"] {
            #expect(try status(rules, chat, good) == 101, "\(good)")
        }
        for bad in ["https://a.example:443", "http://c.example"] {
            #expect(try status(rules, chat, bad) == 403, "\(bad)")
        }
    }

    @Test func `letters that only look the same are different`() throws {
        let rules = OriginRules(allowed: ["https://caf\u{e9}.example"])
        #expect(try status(rules, chat, "https://caf\u{e9}.example") == 101)
        #expect(try status(rules, chat, "https://cafe\u{301}.example") == 403)
    }
}
