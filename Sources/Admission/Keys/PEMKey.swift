import Foundation
import JWTKit

/// A public key in PEM (RFC 7468). Which algorithm it is for shows from its own object identifiers.
enum PEMKey {
    // DER of the identifiers: rsaEncryption, ecPublicKey followed by prime256v1, Ed25519.
    private static let rsa: [UInt8] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]
    private static let p256: [UInt8] = [
        0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
        0x07,
    ]
    private static let ed25519: [UInt8] = [0x06, 0x03, 0x2b, 0x65, 0x70]

    /// The key in the text, which must be one block `PUBLIC KEY`.
    static func key(_ bytes: [UInt8]) async throws -> TokenKey {
        let text = String(decoding: bytes, as: UTF8.self)
        let der = try block(text)
        switch true {
        case holds(der, rsa):
            guard let key = try? Insecure.RSA.PublicKey(pem: text) else {
                throw KeyFileProblem("holds an RSA key that is malformed or shorter than 2048 bits")
            }
            return try await .rsa(key)
        case holds(der, p256):
            guard let key = try? ES256PublicKey(pem: text) else { throw KeyFileProblem("holds a malformed EC key") }
            return try await .ecdsa(key)
        case holds(der, ed25519):
            guard let key = try? EdDSA.PublicKey(pem: text) else {
                throw KeyFileProblem("holds a malformed Ed25519 key")
            }
            return try await .eddsa(key)
        default: throw KeyFileProblem("holds a key that is none of RSA, P-256 and Ed25519")
        }
    }

    /// The DER of the only block.
    private static func block(_ text: String) throws(KeyFileProblem) -> [UInt8] {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }
        let begins = lines.filter { $0.hasPrefix("-----BEGIN") }
        guard begins.count == 1, let label = begins.first else { throw KeyFileProblem("holds more than one PEM block") }
        if label.contains("PRIVATE KEY") {
            throw KeyFileProblem("holds a private key, which only the issuer of tokens needs; give the public one")
        }
        if label.contains("CERTIFICATE") {
            throw KeyFileProblem("holds a certificate; give its public key (openssl x509 -pubkey -noout)")
        }
        guard label == "-----BEGIN PUBLIC KEY-----" else { throw KeyFileProblem("holds no block PUBLIC KEY") }
        let inside = lines.filter { !$0.hasPrefix("-----") }.joined()
        guard let der = Data(base64Encoded: inside), !der.isEmpty else { throw KeyFileProblem("holds malformed PEM") }
        return Array(der)
    }

    /// Whether the identifier stands in the first bytes, where a public key names its kind.
    private static func holds(_ der: [UInt8], _ identifier: [UInt8]) -> Bool {
        let head = der.prefix(32)
        return head.indices.contains { head[$0...].starts(with: identifier) }
    }
}
