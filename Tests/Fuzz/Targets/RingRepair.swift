import HashRing

@testable import ClusterModel

/// Puts right in a ring document what follows from the rest of it.
enum RingRepair {
    /// `{"digest":"` + 16 digits + `",`
    private static let tailStart = 29

    static func repaired(_ bytes: [UInt8], after error: RingDocumentError) -> [UInt8]? {
        switch error {
        case .noDigest: sealed(tail: bytes.first == UInt8(ascii: "{") ? Array(bytes.dropFirst()) : bytes)
        case .wrongDigest: sealed(tail: Array(bytes[tailStart...]))
        case .otherPoints(let stated, let derived):
            replaced("\"points\":\(stated)", by: "\"points\":\(derived)", in: bytes).map { sealed(tail: $0) }
        case .otherTable(let stated, let derived):
            replaced(Hex16.string(stated), by: Hex16.string(derived), in: bytes).map { sealed(tail: $0) }
        case .tooLarge, .field, .node, .otherService, .ring: nil
        }
    }

    static func statedDigest(_ bytes: [UInt8]) -> UInt64? { Hex16.parse(bytes[11..<27]) }

    private static func sealed(tail: [UInt8]) -> [UInt8] {
        Array("{\"digest\":\"\(Hex16.string(XXHash64.hash(tail)))\",".utf8) + tail
    }

    /// The bytes behind the digest with the first `old` replaced; nil if it is not there.
    private static func replaced(_ old: String, by new: String, in bytes: [UInt8]) -> [UInt8]? {
        let tail = Array(bytes[tailStart...])
        let wanted = Array(old.utf8)
        guard tail.count >= wanted.count else { return nil }
        for start in 0...(tail.count - wanted.count) where tail[start..<(start + wanted.count)].elementsEqual(wanted) {
            return tail[..<start] + Array(new.utf8) + tail[(start + wanted.count)...]
        }
        return nil
    }

    /// About how many points the ring will have: those of an honest ring are few, and a million of them take too long
    /// here. 0 if the bytes are no such document.
    static func points(of bytes: [UInt8]) -> UInt64 {
        bytes.withUnsafeBytes { buffer in
            var scanner = JSONScanner(buffer)
            do throws(JSONError) {
                return try points(&scanner)
            } catch {
                return 0
            }
        }
    }

    private static func points(_ scanner: inout JSONScanner) throws(JSONError) -> UInt64 {
        var vnodes: UInt64 = 0
        var weights: UInt64 = 0
        try scanner.beginObject()
        while let name = try scanner.nextMember() {
            if scanner.text(of: name, is: "nodes"), scanner.nextKind() == .array {
                try scanner.beginArray()
                while try scanner.nextElement() { weights += try weight(&scanner) }
            } else {
                let value = try scanner.value()
                if scanner.text(of: name, is: "vnodes") { vnodes = max(vnodes, scanner.integer(value) ?? 0) }
            }
        }
        return min(vnodes, 1 << 20) * weights / 100
    }

    private static func weight(_ scanner: inout JSONScanner) throws(JSONError) -> UInt64 {
        guard scanner.nextKind() == .object else {
            _ = try scanner.value()
            return 0
        }
        var weight: UInt64 = 100
        try scanner.beginObject()
        while let name = try scanner.nextMember() {
            let value = try scanner.value()
            if scanner.text(of: name, is: "weight") { weight = min(scanner.integer(value) ?? 0, 10_000) }
        }
        return weight
    }
}
