import Foundation
import Testing

@testable import Operations

@Suite struct SecretLinesTests {
    private static let long = String(repeating: "s", count: 32)

    @Test func `secrets are lines of at least 32 characters, at most as many as asked for`() throws {
        let two = try SecretLines.secrets(
            "\n\(Self.long)\r\n\n\(Self.long)!\"§".replacing("§", with: "") + "\n", most: 4)
        #expect(two.map { String(decoding: $0, as: UTF8.self) } == [Self.long, Self.long + "!\""])
        for (text, part) in [
            ("", "holds no secret"), ("\n \n", "line 2"), ("\n\n\(Self.long.dropLast())", "line 3 has 31 characters"),
            ("\(Self.long) \(Self.long)", "spaces"), ("\(Self.long)ü", "printable ASCII"),
            (String(repeating: Self.long + "\n", count: 5), "holds 5 secrets, 4 at most"),
            (String(repeating: "x", count: 513), "513 characters"),
        ] {
            let problem = #expect(throws: SecretLines.Malformed.self) { try SecretLines.secrets(text, most: 4) }
            #expect(problem?.description.contains(part) == true, "\(text): \(problem?.description ?? "")")
            #expect(problem?.description.contains("sss") == false)
        }
    }

    @Test func `a token may be for one service, and has only what can stand behind Bearer`() throws {
        let tokens = try SecretLines.tokens("\(Self.long)\nchat:\(Self.long)-._~+/=\n")
        #expect(tokens.map(\.service) == [nil, "chat"])
        #expect(tokens[1].header.value == "Bearer \(Self.long)-._~+/=")
        #expect(tokens.first(for: "chat")?.service == nil)
        #expect(Array(tokens.dropFirst()).first(for: "chat")?.service == "chat")
        #expect(Array(tokens.dropFirst()).first(for: "game") == nil)
        for text in ["chat:short", ":\(Self.long)", "a b:\(Self.long)", "chat:\(Self.long):x", "\(Self.long)*", ""] {
            #expect(throws: SecretLines.Malformed.self, "\(text)") { try SecretLines.tokens(text) }
        }
        var dumped = ""
        dump(tokens, to: &dumped)
        #expect(!"\(tokens) \(String(reflecting: tokens)) \(dumped)".contains("sss"))
    }

    @Test func `a file that cannot be read any more changes nothing`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID().uuidString)").path
        let place = URL(fileURLWithPath: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        func read() throws -> ReloadableFile<[[UInt8]]> {
            try ReloadableFile(path) { try SecretLines.secrets($0, most: 4) }
        }
        #expect(throws: UnusableFile.self) { try read() }
        try Data(Self.long.utf8).write(to: place)
        let file = try read()
        #expect(file.current.count == 1)
        try Data("\(Self.long)\n\(Self.long)".utf8).write(to: place)
        try file.reload()
        #expect(file.current.count == 2)
        for bad in ["short", String(repeating: Self.long + "\n", count: 4000)] {
            try Data(bad.utf8).write(to: place)
            let problem = #expect(throws: UnusableFile.self) { try file.reload() }
            #expect(problem?.description.hasPrefix(path) == true)
            #expect(file.current.count == 2)
        }
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: UnusableFile.self) { try file.reload() }
        #expect(file.current.count == 2)
    }

    @Test func `secrets are compared as a whole`() {
        let secret = Array(Self.long.utf8)
        #expect(ConstantTime.equal(secret, secret))
        for bit in 0..<(8 * secret.count) {
            var other = secret
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!ConstantTime.equal(other, secret))
        }
        #expect(!ConstantTime.equal(Array(secret.dropLast()), secret) && !ConstantTime.equal(secret + [0], secret))
        #expect(!ConstantTime.equal([], secret) && !ConstantTime.equal(secret, []) && ConstantTime.equal([], []))
        #expect(!ConstantTime.equal(secret + secret, secret))
    }
}

@Suite struct AdminAccessTests {
    private static let all = "all-of-them-0123456789-0123456789"
    private static let chat = "only-chat-0123456789-0123456789-0"
    private let access: AdminAccess

    init() throws {
        access = AdminAccess(try SecretLines.tokens("\(Self.all)\nchat:\(Self.chat)"), hosts: ["n.internal"])
    }

    @Test(
        arguments: [
            (["Bearer \(all)"], nil, .granted), (["bearer \(all)"], "chat", .granted),
            (["BEARER \(chat)"], "chat", .granted), (["Bearer \(chat)"], "game", .otherService),
            (["Bearer \(chat)"], nil, .otherService), (["Bearer \(all)x"], nil, .unknown),
            (["Bearer \(all.dropLast())"], nil, .unknown), (["Bearer  \(all)"], nil, .missing),
            (["Bearer \(all) "], nil, .missing), (["Bearer"], nil, .missing), (["Bearer "], nil, .missing),
            ([all], nil, .missing), (["Basic \(all)"], nil, .missing), ([], nil, .missing),
            (["Bearer \(all)", "Bearer \(all)"], nil, .missing), (["Bearer chat:\(chat)"], "chat", .unknown),
        ] as [([String], String?, AdminAccess.Verdict)])
    func `a token is the whole of one field, and good for what it says`(
        _ fields: [String], _ service: String?, _ verdict: AdminAccess.Verdict
    ) {
        #expect(access.verdict(fields, service: service) == verdict)
    }

    private func status(
        _ host: String, _ access: AdminAccess, _ method: String, _ path: String, token: String? = nil
    ) -> Int? {
        AdminGuard(host: host, access: access).refusal(
            method: method, path: path, service: nil, authorization: token.map { ["Bearer \($0)"] } ?? [])?.status
    }

    @Test func `on loopback writes need a token where there are any, and reads never`() {
        for host in ["127.0.0.1", "127.8.0.1", "::1"] {
            #expect(status(host, access, "GET", "/metrics") == nil)
            #expect(status(host, access, "POST", "/v1/x") == 401)
            #expect(status(host, access, "POST", "/v1/x", token: Self.all) == nil)
            #expect(status(host, access, "POST", "/v1/x", token: "nobody") == 401)
            #expect(status(host, .open, "POST", "/v1/x") == nil)
        }
    }

    @Test func `off loopback everything but livez needs a token, also where there is none`() {
        for host in ["0.0.0.0", "10.0.0.1", "::", "128.0.0.1", "2001:db8::1"] {
            #expect(status(host, access, "GET", "/livez") == nil)
            for path in ["/readyz", "/metrics", "/v1/services", "/livez/", "/"] {
                #expect(status(host, access, "GET", path) == 401)
                #expect(status(host, access, "HEAD", path) == 401)
                #expect(status(host, access, "GET", path, token: Self.all) == nil)
                #expect(status(host, access, "GET", path, token: Self.chat) == 403)
                #expect(status(host, .open, "GET", path, token: Self.all) == 401)
            }
        }
    }

    @Test(
        arguments: [
            ("10.0.0.1:7001", true), ("[::1]:7001", true), ("n.internal:7001", true), ("N.Internal", true),
            ("evil.example", false), ("localhost", false), (nil, false), ("", false),
            ("n.internal.evil.example", false),
        ] as [(String?, Bool)])
    func `a port off loopback is asked for by address or by a listed name`(_ host: String?, _ passes: Bool) {
        let refusal = AdminGuard(host: "0.0.0.0", access: access).refusal(method: "GET", host: host, origin: nil)
        #expect((refusal == nil) == passes)
    }
}
