import HashRing
import Testing

@testable import Admission

@Suite struct TokenClaimsTests {
    private static let now = Vectors.now

    private func verdict(
        _ members: String, _ rules: TokenRules = TokenRules(audience: "chat"), at now: Int64 = now
    ) async throws -> Verdict {
        try await TokenVerifier.forge(rules).verdict(try await Forge(payload: "{\(members)}").token(), at: now)
    }

    @Test(arguments: [
        #""sub":"alice","aud":"chat""#, #""sub":"alice","aud":"chat","exp":null"#,
        #""sub":"alice","aud":"chat","exp":"4102444800""#,
        #""sub":"alice","aud":"chat","exp":1e400"#, #""sub":"alice","aud":"chat","exp":-1"#,
        #""sub":"alice","aud":"chat","exp":NaN"#, #""sub":"alice","aud":"chat","exp":Infinity"#,
        #""sub":"alice","aud":"chat","exp":[4102444800]"#, #""sub":"alice","aud":"chat","exp":true"#,
        #""sub":"alice","aud":"chat","exp":99999999999999999999"#, #""sub":"alice","aud":"chat","exp":4102444800000"#,
        #""sub":"alice","aud":"chat","exp":04102444800"#, #""sub":"alice","aud":"chat","exp":4102444800,"exp":1"#,
        #""sub":"alice","aud":"chat","exp":1,"e\u0078p":4102444800"#,
        #""sub":"alice","aud":"chat","exp":4102444800,"nbf":"1""#,
        #""sub":"alice","aud":"chat","exp":4102444800,"iat":{}"#, #""sub":7,"aud":"chat","exp":4102444800"#,
        #""sub":["alice"],"aud":"chat","exp":4102444800"#, #""aud":"chat","exp":4102444800"#,
        #""sub":"alice","aud":7,"exp":4102444800"#, #""sub":"alice","aud":["chat",7],"exp":4102444800"#,
        #""sub":"alice","aud":{"chat":1},"exp":4102444800"#, #""sub":"alice","aud":"chat","iss":1,"exp":4102444800"#,
        #""sub":"alice","aud":"chat","exp":4102444800,"ringway_role":"admin""#,
        #""sub":"alice","aud":"chat","exp":4102444800,"ringway_role":true"#,
        #""sub":"alice","sub":"bob","aud":"chat","exp":4102444800"#,
    ])
    func `claims that are missing, twice, or of another kind are malformed`(_ members: String) async throws {
        let verdict = try await verdict(members)
        guard case .refused(.malformed) = verdict else {
            Issue.record("\(members): \(verdict)")
            return
        }
        #expect(verdict.status == 401)
    }

    @Test(arguments: [
        (Self.now + 1, nil), (Self.now, nil), (Self.now - 59, nil), (Self.now - 60, TokenRefusal.expired),
        (0, .expired),
    ])
    func `a token is taken until a minute after its end`(_ expires: Int64, _ refusal: TokenRefusal?) async throws {
        let verdict = try await verdict(#""sub":"alice","aud":"chat","exp":\#(expires)"#)
        #expect(verdict == (try refusal.map { .refused($0) } ?? taken(expires)))
    }

    @Test(arguments: ["nbf", "iat"])
    func `a token is taken from a minute before its beginning`(_ claim: String) async throws {
        let members = #""sub":"alice","aud":"chat","exp":4102444800,"\#(claim)":"#
        #expect(try await verdict(members + "\(Self.now + 60)") == (try taken(4_102_444_800)))
        #expect(try await verdict(members + "\(Self.now + 61)") == .refused(.notYetValid))
        #expect(try await verdict(members + "\(Self.now + 60).5") == .refused(.notYetValid))
        #expect(try await verdict(members + "1.8e9") == (try taken(4_102_444_800)))
    }

    @Test(
        arguments: [
            (#""chat""#, true), (#"["game","chat"]"#, true), (#""game""#, false), (#"[]"#, false), (#""Chat""#, false),
            (#""chat ""#, false), (#""chat,game""#, false), (#"[["chat"]]"#, nil), (#""""#, false), (#""cha""#, false),
        ] as [(String, Bool?)])
    func `a token must be for this service`(_ audience: String, _ isGood: Bool?) async throws {
        let verdict = try await verdict(#""sub":"alice","exp":4102444800,"aud":\#(audience)"#)
        switch isGood {
        case true?: #expect(verdict == (try taken(4_102_444_800)))
        case false?: #expect(verdict == .refused(.otherService) && verdict.status == 403)
        case nil: #expect(verdict.status == 401)
        }
    }

    @Test func `a token without an audience is for no service`() async throws {
        #expect(try await verdict(#""sub":"alice","exp":4102444800"#) == .refused(.otherService))
    }

    @Test func `the issuer is compared byte for byte where one is asked for`() async throws {
        let rules = TokenRules(issuer: "https://issuer.example/é", audience: "chat")
        let members = #""sub":"alice","aud":"chat","exp":4102444800"#
        #expect(try await verdict(members + #","iss":"https://issuer.example/é""#, rules) == (try taken(4_102_444_800)))
        // The same letter as two code points: equal as Swift strings, and another issuer.
        #expect(
            try await verdict(members + ",\"iss\":\"https://issuer.example/e\u{301}\"", rules) == .refused(.wrongIssuer)
        )
        #expect(try await verdict(members + #","iss":"https://issuer.example""#, rules) == .refused(.wrongIssuer))
        #expect(try await verdict(members, rules) == .refused(.wrongIssuer))
    }

    @Test(arguments: [#""""#, #""a\u0000b""#, "\"\(String(repeating: "x", count: 257))\"", #""\u007f""#])
    func `a user that breaks the key rules is a bad request`(_ user: String) async throws {
        #expect(try await verdict(#""sub":\#(user),"aud":"chat","exp":4102444800"#).status == 400)
    }

    @Test func `another claim can name the user, and a service needs none`() async throws {
        let rules = TokenRules(audience: "chat", userClaim: "https://example.com/user")
        let members = #""sub":"bob","https://example.com/user":"alice","aud":"chat","exp":4102444800"#
        #expect(try await verdict(members, rules) == (try taken(4_102_444_800)))
        let service = try await verdict(#""ringway_role":"service","aud":"chat","exp":4102444800"#)
        #expect(service == .taken(Credential(holder: .service, expires: 4_102_444_800)))
    }

    @Test func `nothing is judged before the signature`() async throws {
        let verifier = try await TokenVerifier.forge()
        for payload in [#"{"exp":1}"#, #"{"sub":"","aud":"game","exp":4102444800}"#] {
            let forged = try await Forge(payload: payload).token(secret: [UInt8](repeating: 9, count: 32))
            #expect(verifier.verdict(forged) == .refused(.badSignature))
        }
    }

    private func taken(_ expires: Int64) throws -> Verdict {
        .taken(Credential(holder: .user(try UserKey("alice")), expires: expires))
    }
}
