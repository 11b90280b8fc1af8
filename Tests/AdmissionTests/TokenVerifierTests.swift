import HashRing
import Testing

@testable import Admission

@Suite struct TokenVerifierTests {
    private func alice() throws -> Verdict {
        .taken(Credential(holder: .user(try UserKey("alice")), expires: 4_102_444_800))
    }

    @Test(arguments: [Vectors.hs256, Vectors.rs256, Vectors.es256, Vectors.eddsa])
    func `a token of each algorithm is taken by its key of a set`(_ token: String) async throws {
        let verifier = try TokenVerifier(try await KeyFile.keys(Array(Vectors.keySet.utf8), nil))
        #expect(verifier.verdict(token) == (try alice()))
    }

    @Test(arguments: [
        (Vectors.rsaPEM, Vectors.rs256), (Vectors.ecPEM, Vectors.es256), (Vectors.edPEM, Vectors.eddsa),
    ])
    func `a key in PEM takes the tokens of its algorithm and no other's`(_ pem: String, _ good: String) async throws {
        let verifier = try TokenVerifier(try await KeyFile.keys(Array(pem.utf8), nil))
        #expect(verifier.verdict(good) == (try alice()))
        for other in [Vectors.hs256, Vectors.rs256, Vectors.es256, Vectors.eddsa] where other != good {
            #expect(verifier.verdict(other) == .refused(.wrongAlgorithm))
        }
    }

    @Test func `a changed byte anywhere in a token makes it worthless`() async throws {
        let verifier = try TokenVerifier(try await KeyFile.keys(Array(Vectors.keySet.utf8), nil))
        for token in [Vectors.hs256, Vectors.rs256, Vectors.es256, Vectors.eddsa] {
            for index in stride(from: 0, to: token.utf8.count, by: 3) {
                var bytes = Array(token.utf8)
                bytes[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "Q") : UInt8(ascii: "A")
                guard case .refused = verifier.verdict(String(decoding: bytes, as: UTF8.self)) else {
                    Issue.record("taken with byte \(index) changed: \(token)")
                    continue
                }
            }
        }
    }

    @Test(arguments: [Vectors.hs256, Vectors.rs256, Vectors.es256, Vectors.eddsa])
    func `signatures of no use are no signatures`(_ token: String) async throws {
        let verifier = try TokenVerifier(try await KeyFile.keys(Array(Vectors.keySet.utf8), nil))
        let signed = token.split(separator: ".").prefix(2).joined(separator: ".")
        for count in [1, 31, 32, 63, 64, 65, 256] {
            let zeros = Forge.base64([UInt8](repeating: 0, count: count))
            #expect(verifier.verdict(signed + "." + zeros) == .refused(.badSignature), "\(count) zero bytes")
        }
        #expect(verifier.verdict(signed + ".").status == 401)
    }

    @Test func `a public key is never a secret`() async throws {
        // The classic confusion: HS256 over the RSA key's own text.
        let verifier = try TokenVerifier(try await KeyFile.keys(Array(Vectors.rsaPEM.utf8), nil))
        for text in [Vectors.rsaPEM, Vectors.rsaPEM + "\n"] {
            let token = try await Forge().token(secret: Array(text.utf8))
            #expect(verifier.verdict(token) == .refused(.wrongAlgorithm))
        }
    }

    @Test func `a key set chooses by kid, and without one only where there is no choice`() async throws {
        let keys = try await KeyFile.keys(Array(Vectors.keySet.utf8), nil)
        let verifier = try TokenVerifier(keys)
        var forge = Forge()
        #expect(verifier.verdict(try await forge.token()) == (try alice()), "the only key for HS256")
        for (kid, refusal) in [
            (#""h""#, nil), (#""r""#, TokenRefusal.wrongAlgorithm), (#""x""#, .unknownKey), (#""""#, .unknownKey),
            (#""H""#, .unknownKey), (#""../../dev/null""#, .unknownKey), (#""h' OR '1'='1""#, .unknownKey),
            (#""\u0068""#, nil),
        ] {
            forge.header = #"{"alg":"HS256","kid":\#(kid)}"#
            let verdict = verifier.verdict(try await forge.token())
            #expect(verdict == (try refusal.map { .refused($0) } ?? alice()), "kid \(kid)")
        }
        guard case .set(let all) = keys, let first = all.first else { throw Missing() }
        let two = try TokenVerifier(.set([first, try await .secret([UInt8](repeating: 1, count: 32), id: [1])]))
        #expect(two.verdict(try await Forge().token()) == .refused(.unknownKey), "two keys for HS256")
    }

    private struct Missing: Error {}
}
