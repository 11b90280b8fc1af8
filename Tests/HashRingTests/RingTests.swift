import HashRing
import Testing

@testable import class HashRing.Ring

@Suite("the ring")
struct RingTests {
    @Test("every published point count and point comes out")
    func placement() throws {
        let vectors = try Vectors.load()
        #expect(vectors.pointCount.count == 66)
        for vector in vectors.pointCount {
            #expect(Placement.count(weight: vector.weight, vnodes: vector.vnodes) == vector.points, "\(vector)")
        }
        #expect(vectors.points.count == 60)
        for vector in vectors.points {
            let position = Placement.position(key: vector.key, index: vector.i, seed: try hex16(vector.seed))
            #expect(Hex16.string(position) == vector.hash, "\(vector)")
        }
    }

    @Test("every published table has the published text, owners and arcs")
    func tables() throws {
        let vectors = try Vectors.load()
        #expect(vectors.testTables.count == 13)
        let empty = try Ring(table: [])
        for (name, table) in vectors.testTables {
            let ring = try Ring(table)
            #expect(ring.tableText == table.tableLines, "\(name)")
            #expect(ring.tableDigest == XXHash64.hash(Array(table.tableLines.utf8)), "\(name)")
            for (hash, owner) in table.owner {
                #expect(ring.owner(ofHash: try hex16(hash))?.text == owner, "\(name) at \(hash)")
            }
            let arcs = RingDiff.ranges(from: empty, to: ring).map { range in
                [Hex16.string(range.first), Hex16.string(range.last), range.to?.text ?? ""]
            }
            #expect(arcs == table.ranges, "\(name)")
        }
    }

    @Test("every published diff of two tables comes out")
    func diffs() throws {
        let vectors = try Vectors.load()
        #expect(vectors.testDiffs.count == 169)
        let rings = try vectors.testTables.mapValues { try Ring($0) }
        for diff in vectors.testDiffs {
            let ranges = RingDiff.ranges(from: try #require(rings[diff.old]), to: try #require(rings[diff.new]))
            #expect(ranges.map(Vectors.Range.init) == diff.ranges, "\(diff.old) to \(diff.new)")
            #expect(RingDiff.moved(ranges).description == diff.moved, "\(diff.old) to \(diff.new)")
        }
    }

    @Test("a ring without points owns nothing and says so")
    func empty() throws {
        let ring = try Ring(members: [RingMember(id: NodeID("a"), weight: 0)])
        #expect(ring.isEmpty)
        #expect(ring.nodes.map(\.text) == ["a"])
        #expect(ring.ownerIndex(ofHash: 7) == nil)
        #expect(ring.owners(ofHash: 7, count: 3).isEmpty)
        #expect(ring.tableText.isEmpty)
        #expect(Hex16.string(ring.tableDigest) == "ef46db3751d8e999")
        #expect(ring.shares == [.none])
    }

    @Test("one node owns the whole circle, which is more than 64 bits can count")
    func whole() throws {
        let id = try NodeID("a")
        let ring = try Ring(members: [RingMember(id: id)])
        #expect(ring.share(of: id) == .whole)
        #expect(ring.share(of: id).description == "18446744073709551616")
        #expect(ring.share(of: id).fraction == 1)
    }

    @Test("members that make no ring are refused")
    func refused() throws {
        let members = try (0...4096).map { try RingMember(id: NodeID("n\($0)"), weight: 1) }
        #expect(throws: RingError.tooManyNodes(4097)) { try Ring(members: members) }
        #expect(throws: RingError.vnodes(0)) { try Ring(members: [], vnodes: 0) }
        #expect(throws: RingError.vnodes(4097)) { try Ring(members: [], vnodes: 4097) }
        let one = try NodeID("a")
        #expect(throws: RingError.duplicateID(one)) {
            try Ring(members: [RingMember(id: one), RingMember(id: one, weight: 0)])
        }
        let other = try NodeID("b")
        #expect(throws: RingError.duplicateKey("a")) {
            try Ring(members: [RingMember(id: one), RingMember(id: other, key: "a")])
        }
        _ = try Ring(members: [RingMember(id: one), RingMember(id: other, weight: 0, key: "a")])
        let heavy = try (0..<3).map { try RingMember(id: NodeID("n\($0)"), weight: 10_000) }
        #expect(throws: RingError.tooManyPoints(1_228_800)) { try Ring(members: heavy, vnodes: 4096) }
    }

    @Test("owners with zones visit every zone before they come back to one")
    func zones() throws {
        let members = try (0..<9).map { try RingMember(id: NodeID("n\($0)"), zone: "z\($0 % 3)") }
        let ring = try Ring(members: members)
        let zone = Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0.zone) })
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            let hash = random.next()
            let owners = ring.owners(ofHash: hash, count: 9, zones: true)
            #expect(Set(owners).count == 9)
            #expect(Set(owners.prefix(3).map { zone[$0] }).count == 3)
            #expect(owners.first == ring.owner(ofHash: hash))
            #expect(ring.owners(ofHash: hash, count: 2, zones: true) == Array(owners.prefix(2)))
        }
        #expect(ring.owners(ofHash: 1, count: 0).isEmpty)
        #expect(ring.owners(ofHash: 1, count: 100).count == 9)
    }
}
