import HashRing

@testable import ClusterModel

/// Ring documents: bytes as they are, and again with digest, points and table put right, since no fuzzer guesses those.
/// Whatever is taken can be sealed; what was sealed reads back as the same document, and seals to the same bytes.
///
/// The input is a document of service "chat", or, where it does not start with a brace, what one is composed of.
enum RingProperties {
    static func check(_ bytes: UnsafeRawBufferPointer) throws(Finding) {
        var bytes = bytes.first == UInt8(ascii: "{") ? Array(bytes) : RingComposer.document(from: bytes)
        guard RingRepair.points(of: bytes) <= 3_000 else { return }
        // Each round but the last puts one of the three right.
        for _ in 0..<4 {
            switch try parse(bytes) {
            case .success(let document): return try checkSealing(document, bytes)
            case .failure(let error):
                guard let repaired = RingRepair.repaired(bytes, after: error) else { return }
                bytes = repaired
            }
        }
    }

    private static func parse(_ bytes: [UInt8]) throws(Finding) -> Result<RingDocument, RingDocumentError> {
        let service: ServiceName
        do throws(ServiceNameError) {
            service = try ServiceName("chat")
        } catch {
            throw Finding(description: "chat is a service's name")
        }
        do throws(RingDocumentError) {
            return .success(try RingDocument.parse(bytes, service: service))
        } catch {
            return .failure(error)
        }
    }

    private static func seal(_ document: RingDocument) throws(Finding) -> [UInt8] {
        do throws(RingDocumentError) {
            return try document.seal()
        } catch {
            throw Finding(description: "what was taken can't be sealed: \(error)")
        }
    }

    private static func checkSealing(_ document: RingDocument, _ bytes: [UInt8]) throws(Finding) {
        let sealed = try seal(document)
        guard case .success(let again) = try parse(sealed) else {
            throw Finding(description: "a sealed document is not taken: \(String(decoding: sealed, as: UTF8.self))")
        }
        var sorted = document
        sorted.nodes.sort { $0.id < $1.id }
        try demand(again == sorted, "a document was sealed as \(sorted) and reads as \(again)")
        try demand(try seal(again) == sealed, "a document seals to other bytes the second time")
        try demand(
            XXHash64.hash(Array(sealed[29...])) == RingRepair.statedDigest(sealed),
            "a sealed document's digest is wrong")
        let snapshot: RingSnapshot
        do throws(RingDocumentError) {
            snapshot = try RingSnapshot(bytes: bytes, for: document.service)
        } catch {
            throw Finding(description: "a document is taken, but not as a snapshot: \(error)")
        }
        for hash in [0, 1 << 63, UInt64.max] {
            let owner = snapshot.owner(ofHash: hash)
            try demand((owner == nil) == snapshot.ring.isEmpty, "a place without an owner, or an owner without points")
            try demand(owner.map { $0.weight > 0 && snapshot.node($0.id) == $0 } ?? true, "a strange owner")
        }
    }
}
