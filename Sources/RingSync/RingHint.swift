import ClusterModel
import HashRing

/// What is announced in place of a document that is too long to publish: `{"epoch":…,"digest":"…"}`.
enum RingHint {
    /// `nil` if the bytes are not such a hint.
    static func read(_ bytes: [UInt8]) -> RingVersion? {
        bytes.withUnsafeBytes { try? read(JSONScanner($0)) } ?? nil
    }

    private static func read(_ start: JSONScanner) throws(JSONError) -> RingVersion? {
        var scanner = start
        var epoch: UInt64?
        var digest: UInt64?
        try scanner.beginObject()
        while let name = try scanner.nextMember() {
            let value = try scanner.value()
            if scanner.text(of: name, is: "epoch") { epoch = scanner.integer(value) }
            if scanner.text(of: name, is: "digest") {
                digest = scanner.text(of: value).flatMap { Hex16.parse($0.utf8) }
            }
        }
        try scanner.finish()
        return version(epoch: epoch, digest: digest)
    }

    /// The digest a document states in its first 29 bytes; `nil` if it does not begin like a document. Not checked here.
    static func digest(ofDocument bytes: [UInt8]) -> UInt64? {
        guard bytes.count > 29, bytes.starts(with: Self.opening), bytes[27] == UInt8(ascii: "\""),
            bytes[28] == UInt8(ascii: ",")
        else { return nil }
        return Hex16.parse(bytes[11..<27])
    }

    /// The version that the stored fields `epoch` and `digest` name; `nil` if they are missing or spoilt.
    static func version(epoch: UInt64?, digest: UInt64?) -> RingVersion? {
        guard let digest, let epoch = epoch.flatMap({ Epoch($0) }) else { return nil }
        return RingVersion(epoch: epoch, digest: digest)
    }

    private static let opening = Array("{\"digest\":\"".utf8)
}
