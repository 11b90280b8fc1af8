import CTLS
import ClusterModel

/// What only somebody who knows a secret can compute, about one link and nothing else: an HMAC-SHA-256.
///
/// Every part of its input stands behind its own length, so that two different inputs never are the same bytes:
/// ```
/// link         HMAC(secret,    ¦"ringway-link-3"¦ ¦label¦ ¦caller's nonce¦ ¦node's nonce¦ ¦payload of the hello¦)
/// registration HMAC(proof key, ¦"ringway-registration-3"¦ ¦registry's nonce¦ ¦node¦ ¦incarnation¦ ¦service¦)
/// ¦x¦ = bytes of x as u32, little endian, then x
/// ```
/// The label says who speaks, so a proof sent back to its maker is worth nothing (reflection). Both nonces are fresh, so
/// a proof that was heard before is worth nothing (replay). The hello is in it as it was sent, so nobody in between can
/// have changed the version, the role or the service (downgrade).
public struct LinkProof: Sendable, Hashable {
    /// Bytes of SHA-256.
    public static let count = 32

    /// Whose proof it is.
    public enum Label: String, Sendable, CaseIterable {
        /// Of the node that was called.
        case node
        /// Of whoever opened the link.
        case caller
    }

    /// Exactly `count` bytes.
    public let bytes: [UInt8]

    /// A proof of given bytes; `nil` unless there are `count`.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == LinkProof.count else { return nil }
        self.bytes = bytes
    }

    /// The proof of one end of a link under one secret. `hello` is the payload of the hello as it was on the wire.
    public init(_ label: Label, secret: [UInt8], caller: LinkNonce, node: LinkNonce, hello: [UInt8]) {
        var input = ProofInput("ringway-link-\(LinkHello.currentVersion)")
        input.add(Array(label.rawValue.utf8))
        input.add(caller.bytes)
        input.add(node.bytes)
        input.add(hello)
        bytes = input.digest(secret)
    }

    /// The proof that a process is the one which registered: only it and the registry know the key.
    public init(registeredWith key: ProofKey, nonce: LinkNonce, node: String, incarnation: UInt64, service: String) {
        var input = ProofInput("ringway-registration-\(LinkHello.currentVersion)")
        input.add(nonce.bytes)
        input.add(Array(node.utf8))
        input.add(withUnsafeBytes(of: incarnation.littleEndian) { Array($0) })
        input.add(Array(service.utf8))
        bytes = input.digest(key.bytes)
    }

    /// Compares all bytes, whatever the first of them are: how long it takes tells nothing.
    public static func == (left: LinkProof, right: LinkProof) -> Bool {
        ctls_equal(left.bytes, left.bytes.count, right.bytes, right.bytes.count) == 1
    }

    func write(_ fields: inout LinkFieldWriter) { fields.exactBytes(bytes) }

    init(_ fields: inout LinkFieldReader) throws(LinkError) {
        bytes = Array(try fields.view(LinkProof.count))
    }
}

/// The bytes under an HMAC, part by part.
private struct ProofInput {
    private var bytes: [UInt8] = []

    init(_ purpose: String) { add(Array(purpose.utf8)) }

    mutating func add(_ part: [UInt8]) {
        withUnsafeBytes(of: UInt32(part.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes += part
    }

    func digest(_ key: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: LinkProof.count)
        guard ctls_hmac_sha256(key, key.count, bytes, bytes.count, &digest) == 0 else {
            preconditionFailure("OpenSSL has no HMAC-SHA-256: a link without it proves nothing")
        }
        return digest
    }
}
