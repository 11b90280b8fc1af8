import ClusterModel

/// A token's header: which algorithm and which key it says it has. Everything else that a header can ask for is refused.
struct TokenHead: Sendable, Equatable {
    let algorithm: TokenAlgorithm
    /// The bytes of `kid`; compared with those of keys, never looked up anywhere.
    let keyID: [UInt8]?

    /// Members that would let a token bring its own key, name a place to fetch one, or change how it is read.
    private static let forbidden = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"]

    /// Reads a header. 1. a strict object · 2. nothing forbidden · 3. `typ` · 4. `alg` · 5. `kid`
    init(_ json: [UInt8]) throws(TokenRefusal) {
        let named: [UInt8]
        do throws(FieldError) {
            (named, keyID) = try JSONObject.read(json) { object throws(FieldError) in  // 1
                for name in Self.forbidden where object.value(name) != nil { throw .unknown(name) }  // 2
                if let type = try object.text("typ"), !Self.isType(type) {  // 3
                    throw .invalid("typ", expected: "JWT")
                }
                return (try object.required("alg", object.bytes("alg")), try object.bytes("kid"))  // 4, 5
            }
        } catch {
            throw .malformed("in its header, \(TokenClaims.words(error))")
        }
        // Compared byte by byte: `None`, `nOnE` and `hs256` are as unknown as `none`.
        guard let algorithm = TokenAlgorithm.allCases.first(where: { $0.rawValue.utf8.elementsEqual(named) }) else {
            throw .wrongAlgorithm
        }
        self.algorithm = algorithm
    }

    /// RFC 7519 §5.1 and RFC 9068 §2.1; media types know no case (RFC 7515 §4.1.9).
    private static func isType(_ text: String) -> Bool {
        ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(text.lowercased())
    }
}
