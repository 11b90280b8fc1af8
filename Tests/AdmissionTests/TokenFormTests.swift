import Testing

@testable import Admission

@Suite struct TokenFormTests {
    @Test(arguments: [
        "", ".", "..", "...", "a.b", "a.b.c.d", ".e30.c2ln", "e30..c2ln", "e30.e30.", " e30.e30.c2ln", "e30.e30.c2ln ",
        "e30.e30.c2ln\n", "e30.e30.c2ln=", "e30=.e30.c2ln", "e30.e 30.c2ln", "e31.e30.c2ln", "e30.e3.c2ln",
        "e30.e30.c+ln",
        "e30.e30.c/ln", "e30.e30.c2lna", "ey\u{0}.e30.c2ln", "\u{feff}e30.e30.c2ln", "Bearer e30.e30.c2ln",
    ])
    func `a text that is not three canonical parts is malformed`(_ text: String) {
        #expect(throws: TokenRefusal.self) { try CompactToken(Array(text.utf8)) }
    }

    @Test func `a token of 8 KiB is read and one byte more is not`() throws {
        let token = Array("e30.".utf8) + [UInt8](repeating: UInt8(ascii: "A"), count: 8192 - 9) + Array(".c2ln".utf8)
        #expect(token.count == 8192)
        _ = try CompactToken(token)
        #expect(throws: TokenRefusal.malformed("it is longer than 8 KiB")) { try CompactToken(token + [65]) }
    }

    @Test(arguments: [
        "none", "None", "NONE", "nOnE", "", "HS512", "HS384", "RS512", "PS256", "ES384", "ES256K", "hs256", "HS256 ",
        "eddsa",
        "Ed25519", "HS256\\u0000",
    ])
    func `no algorithm but the four, spelled exactly, is taken`(_ name: String) {
        #expect(throws: TokenRefusal.wrongAlgorithm) { try TokenHead(Array(#"{"alg":"\#(name)"}"#.utf8)) }
    }

    @Test(arguments: [
        "", "null", "[]", "\"HS256\"", "{}", #"{"alg":null}"#, #"{"alg":1}"#, #"{"alg":["HS256"]}"#,
        #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"none","\u0061lg":"HS256"}"#, #"{"alg":"HS256"} "x""#,
        #"{"alg":"HS256",}"#,
        #"{"alg":"HS256","kid":1}"#, #"{"alg":"HS256","kid":null}"#, #"{"alg":"HS256","kid":{}}"#,
        #"{"alg":"HS256","typ":"JWE"}"#, #"{"alg":"HS256","typ":7}"#, #"{"alg":"HS256","crit":[]}"#,
        #"{"alg":"HS256","b64":false}"#, #"{"alg":"HS256","jku":"https://evil.example"}"#, #"{"alg":"HS256","jwk":{}}"#,
        #"{"alg":"HS256","x5u":""}"#, #"{"alg":"HS256","x5c":[]}"#, #"{"alg":"HS256","zip":"DEF"}"#, "{'alg':'HS256'}",
        "\u{feff}{\"alg\":\"HS256\"}", "{\"alg\":\"HS256\u{0}\"}",
    ])
    func `a header that is not strict, or asks for more, is malformed`(_ json: String) {
        let refusal = #expect(throws: TokenRefusal.self) { try TokenHead(Array(json.utf8)) }
        guard case .malformed = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
    }

    @Test(arguments: ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
    func `the types of tokens are taken, and what else a header says is passed over`(_ type: String) throws {
        let head = try TokenHead(Array(#"{"typ":"\#(type)","alg":"ES256","kid":"k","x-more":{"a":[1]}}"#.utf8))
        #expect(head.algorithm == .es256 && head.keyID == Array("k".utf8))
    }
}
