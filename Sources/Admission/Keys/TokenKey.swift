import JWTKit

/// One key that signatures are checked with, bound to one algorithm. jwt-kit holds the key and does the arithmetic.
///
/// What jwt-kit's own `verify` would add is left out on purpose: it takes another key where `kid` names none, does not compare
/// `alg`, and reads the token a second time, with another reader than ours.
struct TokenKey: Sendable {
    let algorithm: TokenAlgorithm
    /// The bytes of its `kid` in a key set.
    let id: [UInt8]?
    private let signer: any JWTAlgorithm

    private init(_ algorithm: TokenAlgorithm, _ id: [UInt8]?, _ signer: any JWTAlgorithm) {
        self.algorithm = algorithm
        self.id = id
        self.signer = signer
    }

    /// A shared secret, of at least 32 bytes (RFC 7518 §3.2).
    static func secret(_ secret: [UInt8], id: [UInt8]? = nil) async throws -> TokenKey {
        guard secret.count >= 32 else { throw KeyFileProblem("an HS256 secret needs at least 32 bytes") }
        let collection = JWTKeyCollection()
        await collection.add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return TokenKey(.hs256, id, try await collection.getKey())
    }

    /// An RSA key. jwt-kit takes none below 2048 bits.
    static func rsa(_ key: Insecure.RSA.PublicKey, id: [UInt8]? = nil) async throws -> TokenKey {
        let collection = JWTKeyCollection()
        await collection.add(rsa: key, digestAlgorithm: .sha256)
        return TokenKey(.rs256, id, try await collection.getKey())
    }

    /// A key on P-256.
    static func ecdsa(_ key: ES256PublicKey, id: [UInt8]? = nil) async throws -> TokenKey {
        let collection = JWTKeyCollection()
        await collection.add(ecdsa: key)
        return TokenKey(.es256, id, try await collection.getKey())
    }

    /// An Ed25519 key.
    static func eddsa(_ key: EdDSA.PublicKey, id: [UInt8]? = nil) async throws -> TokenKey {
        let collection = JWTKeyCollection()
        await collection.add(eddsa: key)
        return TokenKey(.eddsa, id, try await collection.getKey())
    }

    /// Whether the signature is this key's over these bytes. A signature that cannot even be read is none.
    func signed(_ bytes: [UInt8], with signature: [UInt8]) -> Bool {
        do {
            return try signer.verify(signature, signs: bytes)
        } catch {
            return false
        }
    }
}
