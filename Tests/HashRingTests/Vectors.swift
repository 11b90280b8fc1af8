import Foundation
import HashRing
import Testing

@testable import class HashRing.Ring
@testable import struct HashRing.RingPoint

/// The published test vectors of Ring v1, read with Foundation so that nothing of ours is in between.
struct Vectors: Decodable {
    struct Hash: Decodable {
        let hex: String
        let utf8: String
        let seed: String
        let hash: String
    }
    struct Key: Decodable {
        let utf8: String
        let valid: Bool
    }
    struct Count: Decodable {
        let points: Int
        let vnodes: Int
        let weight: Int
    }
    struct Point: Decodable {
        let hash: String
        let i: Int
        let key: String
        let seed: String
    }
    struct Range: Decodable, Equatable, CustomStringConvertible {
        let first: String
        let last: String
        let from: String?
        let to: String?

        var description: String { "\(first)–\(last) \(from ?? "none")→\(to ?? "none")" }
    }
    struct Table: Decodable {
        let owner: [String: String?]
        let ranges: [[String]]
        let tableLines: String
        let testTable: [[String]]
    }
    struct Diff: Decodable {
        let old: String
        let new: String
        let moved: String
        let ranges: [Range]
    }

    let xxh64: [Hash]
    let keys: [Key]
    let pointCount: [Count]
    let points: [Point]
    let testTables: [String: Table]
    let testDiffs: [Diff]

    static func load() throws -> Vectors {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors_v1.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Vectors.self, from: Data(contentsOf: file))
    }
}

extension Vectors.Range {
    init(_ range: MovedRange) {
        first = Hex16.string(range.first)
        last = Hex16.string(range.last)
        from = range.from?.text
        to = range.to?.text
    }
}

extension Ring {
    /// A ring of arbitrary points, readable by eye.
    convenience init(table: [(position: UInt64, id: String)]) throws {
        let nodes = try Set(table.map(\.id)).map { try NodeID($0) }.sorted()
        let points = try table.map { point in
            RingPoint(position: point.position, node: UInt16(try #require(nodes.firstIndex(of: NodeID(point.id)))))
        }
        self.init(nodes: nodes, zones: nodes.map { _ in "" }, points: points, seed: 0)
    }

    convenience init(_ table: Vectors.Table) throws {
        try self.init(table: table.testTable.map { (position: try hex16($0[0]), id: $0[1]) })
    }
}

/// The number of a text that has to be 16 hex digits.
func hex16(_ text: String) throws -> UInt64 {
    try #require(Hex16.parse(text.utf8), "\(text) is not hex16")
}

/// SplitMix64: the same sequence for the same seed, so that a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }
}
