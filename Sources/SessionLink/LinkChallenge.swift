/// The node's answer to a hello where a secret is shared: its proof, and what the caller has to prove.
public struct LinkChallenge: LinkPayload, Sendable, Hashable {
    /// `.challenge`
    public static let kind = LinkKind.challenge
    /// Bytes of its payload.
    public static let count = LinkNonce.count + LinkProof.count

    /// The node's nonce.
    public let nonce: LinkNonce
    /// The node's proof.
    public let proof: LinkProof

    /// A challenge of these parts.
    public init(nonce: LinkNonce, proof: LinkProof) {
        self.nonce = nonce
        self.proof = proof
    }

    /// 32 + 32
    public var payloadCount: Int { LinkChallenge.count }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        nonce.write(&fields)
        proof.write(&fields)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        nonce = try LinkNonce(&fields)
        proof = try LinkProof(&fields)
    }
}

/// The caller's answer to a challenge.
public struct LinkCallerProof: LinkPayload, Sendable, Hashable {
    /// `.proof`
    public static let kind = LinkKind.proof

    /// The caller's proof.
    public let proof: LinkProof

    /// This proof.
    public init(_ proof: LinkProof) { self.proof = proof }

    /// 32
    public var payloadCount: Int { LinkProof.count }

    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { proof.write(&fields) }

    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { proof = try LinkProof(&fields) }
}
