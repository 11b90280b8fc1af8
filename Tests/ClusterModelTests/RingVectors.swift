import ClusterModel
import Foundation
import HashRing
import Testing

/// The published documents and diffs of Ring v1, read with Foundation so that nothing of ours is in between.
struct RingVectors: Decodable {
    struct Owner: Decodable {
        let hash: String
        let owner: String?
        let owners3: [String]
        let owners3Zones: [String]
        let uid: String
    }
    struct Document: Decodable {
        let digest: String
        let owners: [Owner]
        let points: Int
        let sealed: String
        let shares: [String: String]
        let table: String
        let tableLines: String?
    }
    struct Range: Decodable, Equatable {
        let first: String
        let last: String
        let from: String?
        let to: String?
    }
    struct Membership: Decodable {
        let joined: [String]
        let left: [String]
        let readdressed: [String]
        let rekeyed: [String]
        let restarted: [String]
        let reweighted: [String]
    }
    struct Diff: Decodable {
        let membership: Membership
        let moved: String
        let ranges: [Range]
    }
    struct Judged: Decodable {
        let doc: String
        let name: String
        let why: String
    }

    let docs: [String: Document]
    let diffs: [String: Diff]
    let bad: [Judged]
    let mayRefuse: [Judged]
    let goodExtraMember: String
    let goodOtherFormatting: String

    static func load() throws -> RingVectors {
        // One copy of the vectors lies with the ring's own tests.
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.appending(path: "HashRingTests").appending(path: "vectors_v1.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .custom { path in
            let key = path[path.count - 1].stringValue
            // Names of documents, nodes and diffs stay as they are.
            return VectorKey(
                ["owners3_zones", "table_lines", "may_refuse", "good_extra_member", "good_other_formatting"].contains(
                    key)
                    ? key.camelCased : key)
        }
        return try decoder.decode(RingVectors.self, from: Data(contentsOf: file))
    }
}

private struct VectorKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

extension String {
    fileprivate var camelCased: String {
        let words = split(separator: "_")
        return words.prefix(1).joined() + words.dropFirst().map(\.capitalized).joined()
    }
}

/// The service of all published documents.
let chat = service("chat")

/// A service's name; for names that are right.
func service(_ text: String) -> ServiceName {
    do {
        return try ServiceName(text)
    } catch {
        preconditionFailure("\(text) is no service name")
    }
}

/// A document's bytes with the right digest put in front of its other members.
func resealed(_ members: String) -> [UInt8] {
    let tail = Array((members + "}").utf8)
    return Array("{\"digest\":\"\(Hex16.string(XXHash64.hash(tail)))\",".utf8) + tail
}

/// What a sealed document says behind its digest, without the closing brace.
func members(of sealed: String) -> String {
    String(sealed.dropFirst(29).dropLast())
}
