import Testing

@testable import Admission

@Suite struct KeyFileTests {
    private func problems(_ text: String, _ algorithm: TokenAlgorithm? = nil) async -> [String] {
        do throws(KeyFileProblems) {
            _ = try await KeyFile.keys(Array(text.utf8), algorithm)
            return []
        } catch {
            return error.all.map(\.description)
        }
    }

    @Test(arguments: [
        ("", "is empty"), (" \n", "is empty"), ("hunter2", "--jwt-algorithm HS256"), (Vectors.smallRSAPEM, "2048 bits"),
        (Vectors.p384PEM, "none of RSA, P-256 and Ed25519"), (Vectors.rsaPEM + "\n" + Vectors.ecPEM, "more than one"),
        ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "private key"),
        ("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "private key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "certificate"),
        ("-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----", "malformed PEM"), ("{", "not JSON"),
        ("{}", "'keys' is missing"),
        (#"{"keys":{}}"#, "'keys' must be an array"), (#"{"keys":[]}"#, "holds no key"), (#"{"keys":[7]}"#, "key 1"),
        (#"{"keys":[{"kid":"a"}]}"#, "key 1: 'kty' is missing"),
        (#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#, "at least 32 bytes"),
        (#"{"keys":[{"kty":"oct","k":"====="}]}"#, "'k' must be base64url"),
        (#"{"keys":[{"kty":"RSA","n":"\#(Vectors.smallRSAModulus)","e":"AQAB"}]}"#, "2048 bits"),
        (#"{"keys":[{"kty":"RSA","n":"\#(Vectors.rsaModulus)","e":"AQ"}]}"#, "well formed"),
        (#"{"keys":[{"kty":"RSA","n":"\#(Vectors.rsaModulus)","e":"AA"}]}"#, "well formed"),
        (#"{"keys":[{"kty":"RSA","n":"\#(Vectors.rsaModulus)","e":"AQAB","d":"AQ"}]}"#, "private key"),
        (#"{"keys":[{"kty":"RSA","n":"\#(Vectors.rsaModulus)"}]}"#, "'n' and 'e'"),
        (#"{"keys":[{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}]}"#, "a point of P-256"),
        (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQ"}]}"#, "32 bytes"),
        (#"{"keys":[{"kty":"oct","kid":"a","kid":"b","k":"AAAA"}]}"#, "stands there twice"),
        (#"{"keys":[{"kty":"EC","crv":"P-384","x":"AQ","y":"AQ"}]}"#, "holds no key"),
    ])
    func `a file that is not good says why`(_ text: String, _ words: String) async {
        let problems = await problems(text)
        #expect(problems.count == 1 && problems[0].contains(words), "\(problems)")
    }

    @Test func `every problem of a key set is listed`() async {
        let set =
            #"{"keys":[{"kty":"oct","k":"AAAA"},{"kty":"RSA","n":"AQ","e":"AQAB"},{"kty":"OKP","crv":"Ed25519"}]}"#
        #expect(await problems(set).count == 3)
    }

    @Test func `keys for other purposes are passed over, two of one name are not`() async throws {
        let secret = Forge.base64(Forge.secret)
        let mixed =
            #"{"keys":[{"kty":"oct","k":"\#(secret)"},{"kty":"RSA","use":"enc"},{"kty":"RSA","alg":"PS512"},{"kty":"new"}]}"#
        #expect(try await KeyFile.keys(Array(mixed.utf8), nil).count == 1)
        let twice = #"{"keys":[{"kty":"oct","kid":"a","k":"\#(secret)"},{"kty":"oct","kid":"a","k":"\#(secret)"}]}"#
        #expect(await problems(twice) == ["two keys have the same 'kid'"])
    }

    @Test func `an algorithm that was asked for is the only one taken`() async throws {
        #expect(await problems(Vectors.rsaPEM, .hs256) == ["holds a key for RS256, not HS256"])
        #expect(try await KeyFile.keys(Array(Vectors.keySet.utf8), .es256).count == 1)
        #expect(try await KeyFile.keys(Array(Vectors.keySet.utf8), nil).count == 4)
    }

    @Test func `a secret needs 32 bytes besides the line feed of its file`() async throws {
        let text = String(repeating: "s", count: 32)
        #expect(await problems(String(text.dropLast()) + "\n", .hs256) == ["an HS256 secret needs at least 32 bytes"])
        let verifier = try TokenVerifier(try await KeyFile.keys(Array((text + "\n").utf8), .hs256))
        let token = try await Forge().token(secret: Array(text.utf8))
        guard case .taken = verifier.verdict(token) else {
            Issue.record("the line feed counted as part of the secret")
            return
        }
        // Bytes that are no text are taken as they are, whatever the last one is.
        let binary = [UInt8](repeating: 0xfe, count: 31) + [0x0a]
        let other = try TokenVerifier(try await KeyFile.keys(binary, .hs256))
        guard case .taken = other.verdict(try await Forge().token(secret: binary)) else {
            Issue.record("a secret lost its last byte")
            return
        }
    }

    @Test func `a file that is not there says so`() async {
        let error = await #expect(throws: KeyFileProblems.self) {
            try await KeyFile(path: "/no/such/file", algorithm: nil).read()
        }
        #expect(error?.description == "cannot be read: there is no such file")
    }
}
