/// A token cut into its parts (RFC 7515 §7.1), each read in its only spelling.
struct CompactToken: Sendable {
    /// The longest token that is looked at. Also what fits a header field.
    static let maxBytes = 8 * 1024

    /// The decoded header, meant to be a JSON object.
    let header: [UInt8]
    /// The decoded payload, meant to be a JSON object.
    let payload: [UInt8]
    /// The decoded signature.
    let signature: [UInt8]
    /// What the signature is over: the first two parts as they were sent.
    let signed: [UInt8]

    /// Cuts a token. 1. length · 2. exactly three parts · 3. none empty · 4. each canonical base64url without padding
    init(_ token: [UInt8]) throws(TokenRefusal) {
        guard token.count <= Self.maxBytes else { throw .malformed("it is longer than 8 KiB") }  // 1
        let parts = token.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("it does not have three parts") }  // 2
        guard parts.allSatisfy({ !$0.isEmpty }) else { throw .malformed("a part of it is empty") }  // 3
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed("a part of it is not base64url") }  // 4
        self.header = header
        self.payload = payload
        self.signature = signature
        signed = Array(token[..<parts[1].endIndex])
    }
}
