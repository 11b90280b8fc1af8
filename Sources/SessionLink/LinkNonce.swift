import CTLS

/// Random bytes that each end of a new link chooses, so that what was said on another link proves nothing on this one.
public struct LinkNonce: Sendable, Hashable {
    /// 256 bits: two links never meet with the same one.
    public static let count = 32

    /// Exactly `count` bytes.
    public let bytes: [UInt8]

    /// A nonce of given bytes; `nil` unless there are `count`.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == LinkNonce.count else { return nil }
        self.bytes = bytes
    }

    private init(checked bytes: [UInt8]) { self.bytes = bytes }

    /// A new nonce from OpenSSL's generator.
    public static func random() -> LinkNonce {
        var bytes = [UInt8](repeating: 0, count: count)
        guard ctls_random(&bytes, bytes.count) == 0 else {
            preconditionFailure("the system gives no random bytes: a link that starts without them proves nothing")
        }
        return LinkNonce(checked: bytes)
    }

    func write(_ fields: inout LinkFieldWriter) { fields.exactBytes(bytes) }

    init(_ fields: inout LinkFieldReader) throws(LinkError) {
        bytes = Array(try fields.view(LinkNonce.count))
    }
}
