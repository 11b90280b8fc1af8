import ClusterModel
import Edge
import Testing
import WebSocketWire

@testable import Admission
@testable import Operations

@Suite struct IdentityRulesTests {
    private func load(_ arguments: String..., services: [String] = ["chat"]) async throws -> Result<
        IdentityRules, SettingsRefused
    > {
        let outcome = SettingsLoader.load(.gateway, arguments: arguments, environment: [:]) { _ in "" }
        guard case .run(let settings) = outcome else { throw Refused() }
        return await IdentityRules.load(
            settings, userFrom: GatewaySettings.userFrom, services: try services.map { try ServiceName($0) },
            ignoresOthers: false)
    }

    private struct Refused: Error {}

    @Test func `without keys users come from the request, and tokens are not asked for`() async throws {
        let rules = try await load("--user-from", "cookie:who").get()
        guard case .request(.cookie("who")) = rules.source else {
            Issue.record("\(rules.source)")
            return
        }
        #expect(!rules.needsTokens)
    }

    @Test func `every problem is listed, those of key files with those of settings`() async throws {
        let refused = try await load(
            "--jwt-keys", "/no/such/file,game=/no/other/file", "--jwt-audience", "one", "--jwt-issuer", "other=x",
            "--user-from", "path", "--origins", "other=null", services: ["chat", "game"])
        guard case .failure(let refusal) = refused else {
            Issue.record("taken")
            return
        }
        let text = refusal.problems.map(\.description).joined(separator: "\n")
        #expect(refusal.problems.count == 6, "\(text)")
        for words in [
            "/no/such/file cannot be read", "/no/other/file", "would open game", "--user-from", "no service 'other'",
        ] {
            #expect(text.contains(words), "\(words) in\n\(text)")
        }
    }

    @Test(
        arguments: [
            ([], [], nil, nil), (["Authorization: Bearer a.b.c"], [], "a.b.c", nil),
            (["authorization: bearer a"], [], "a", nil),
            ([], ["ringway", "bearer.a.b.c"], "a.b.c", nil), ([], ["bearer."], "", nil), ([], ["Bearer.a"], "a", nil),
            (["Authorization: Bearer a", "Authorization: Bearer a"], [], nil, 400),
            (["Authorization: Basic a"], [], nil, 401),
            (["Authorization: Bearer"], [], nil, 401), (["Authorization: Bearer a"], ["bearer.a"], nil, 400),
            ([], ["bearer.a", "bearer.b"], nil, 400), (["Authorization: Bearera"], [], nil, 401),
        ] as [([String], [String], String?, Int?)])
    func `a token stands in exactly one place`(
        _ fields: [String], _ subprotocols: [String], _ token: String?, _ status: Int?
    ) throws {
        let text = "GET /chat HTTP/1.1\r\nHost: h\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n"
        guard case .head(let head, _) = Array(text.utf8).withUnsafeBytes({ HTTPHead.parse($0) }) else {
            throw Refused()
        }
        do throws(HTTPRefusal) {
            let found = try TokenPlace.token(of: head, subprotocols: subprotocols)
            #expect(found == token.map { Array($0.utf8) } && status == nil)
        } catch {
            #expect(error.status == status)
        }
    }

    @Test(arguments: [
        (#"{"type":"token","token":"x"}"#, true), (" {\n\"type\" :\t\"token\"}", true), (#"{"type":"token"#, false),
        (#"{"type":"tokens"}"#, false), (#"{"token":"x","type":"token"}"#, false), (#"{"type":"send"}"#, false),
        ("", false),
        ("{", false), (#"{"type":"tok\u0065n"}"#, false),
    ])
    func `a token message is known by its beginning`(_ text: String, _ isOne: Bool) {
        #expect(Array(text.utf8).withUnsafeBytes { TokenMessage.begins($0) } == isOne)
    }
}
