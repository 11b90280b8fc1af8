import HashRing
import Testing

@testable import class HashRing.Ring

/// What has to hold for every ring, tried on many that are drawn from a seed.
@Suite("every ring")
struct RingPropertyTests {
    static let seeds: [UInt64] = Array(1...40)

    @Test("gives the owner that a look at every point gives", arguments: seeds)
    func lookup(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let table = Self.randomTable(&random)
        let ring = try Ring(table: table)
        for hash in Self.places(table, &random) {
            #expect(ring.owner(ofHash: hash)?.text == Self.owner(table, hash), "seed \(seed), \(Hex16.string(hash))")
        }
    }

    @Test("differs from another exactly where the owners differ", arguments: seeds)
    func diff(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (before, after) = (Self.randomTable(&random), Self.randomTable(&random))
        let (old, new) = (try Ring(table: before), try Ring(table: after))
        let ranges = RingDiff.ranges(from: old, to: new)
        for hash in Self.places(before + after, &random) {
            let (from, to) = (Self.owner(before, hash), Self.owner(after, hash))
            let covering = ranges.filter { $0.contains(hash) }
            if from == to {
                #expect(covering.isEmpty, "seed \(seed), \(Hex16.string(hash))")
            } else {
                #expect(covering.map { [$0.from?.text, $0.to?.text] } == [[from, to]], "seed \(seed), \(hash)")
            }
        }
        for (left, right) in zip(ranges, ranges.dropFirst()) {
            #expect(left.last < right.first, "ascending and disjoint, seed \(seed)")
            let touch = left.last + 1 == right.first && left.from == right.from && left.to == right.to
            #expect(!touch, "neighbours are merged, seed \(seed)")
        }
    }

    @Test("is the same for members in any order", arguments: seeds)
    func order(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let members = try Self.randomMembers(&random)
        let ring = try Ring(members: members, vnodes: 20, seed: seed)
        let shuffled = try Ring(members: members.shuffled(using: &random), vnodes: 20, seed: seed)
        #expect(ring.tableDigest == shuffled.tableDigest, "seed \(seed)")
        #expect(ring.nodes == shuffled.nodes)
    }

    @Test("gives a joining node keys only to itself, and a leaving node's keys only from it", arguments: seeds)
    func minimalMovement(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let members = try Self.randomMembers(&random)
        let joining = try NodeID("joining")
        let before = try Ring(members: members, vnodes: 20)
        let after = try Ring(members: members + [RingMember(id: joining)], vnodes: 20)
        let join = RingDiff.ranges(from: before, to: after)
        #expect(join.allSatisfy { $0.to == joining }, "seed \(seed)")
        #expect(RingDiff.moved(join) == after.share(of: joining), "seed \(seed)")
        let leave = RingDiff.ranges(from: after, to: before)
        #expect(leave.allSatisfy { $0.from == joining }, "seed \(seed)")
        #expect(leave.map { [$0.first, $0.last] } == join.map { [$0.first, $0.last] })
    }

    @Test("moves keys only to or from a node whose weight changed", arguments: seeds)
    func weights(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var members = try Self.randomMembers(&random)
        let before = try Ring(members: members, vnodes: 20)
        let index = members.indices.randomElement(using: &random) ?? 0
        let changed = members[index]
        let weight = Int.random(in: 0...300, using: &random)
        members[index] = try RingMember(id: changed.id, weight: weight, zone: changed.zone)
        let after = try Ring(members: members, vnodes: 20)
        for range in RingDiff.ranges(from: before, to: after) {
            let (loser, winner) = weight < changed.weight ? (range.from, range.to) : (range.to, range.from)
            #expect(loser == changed.id && winner != changed.id, "seed \(seed): \(range)")
        }
    }

    @Test("names as second successor the owner in the ring that lost the first", arguments: seeds)
    func successors(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let members = try Self.randomMembers(&random)
        let ring = try Ring(members: members, vnodes: 20)
        for _ in 0..<50 {
            let hash = random.next()
            let owners = ring.owners(ofHash: hash, count: 2)
            #expect(owners.first == ring.owner(ofHash: hash))
            let rest = try Ring(members: members.filter { $0.id != owners.first }, vnodes: 20)
            #expect(owners.dropFirst().first == rest.owner(ofHash: hash), "seed \(seed), \(Hex16.string(hash))")
        }
    }

    @Test("shares out the whole circle, each node as much as its arcs", arguments: seeds)
    func shares(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let table = Self.randomTable(&random)
        let ring = try Ring(table: table)
        let arcs = RingDiff.ranges(from: try Ring(table: []), to: ring)
        for (node, share) in zip(ring.nodes, ring.shares) {
            #expect(RingDiff.moved(arcs.filter { $0.to == node }) == share, "seed \(seed)")
        }
        let sum = ring.shares.reduce(0) { $0 + $1.hashes }
        #expect(sum == (table.isEmpty ? 0 : CircleShare.whole.hashes), "seed \(seed)")
    }

    // MARK: Drawing rings

    private static func randomTable(_ random: inout SeededGenerator) -> [(position: UInt64, id: String)] {
        // Clumped and extreme positions, and ties: what hashes hardly ever are.
        let special: [UInt64] = [0, 1, .max, .max - 1, 1 << 63, (1 << 63) - 1]
        let clump = random.next()
        return (0..<Int.random(in: 0...12, using: &random)).map { _ in
            let position: UInt64 =
                switch Int.random(in: 0...2, using: &random) {
                case 0: special.randomElement(using: &random) ?? 0
                case 1: clump &+ UInt64.random(in: 0...5, using: &random)
                default: random.next()
                }
            return (position, ["a", "b", "10", "9"].randomElement(using: &random) ?? "a")
        }
    }

    /// Every place where something may change, those beside it, and some others.
    private static func places(
        _ table: [(position: UInt64, id: String)], _ random: inout SeededGenerator
    ) -> [UInt64] {
        let edges = table.flatMap { [$0.position &- 1, $0.position, $0.position &+ 1] }
        return edges + [0, .max] + (0..<20).map { _ in random.next() }
    }

    /// The rule as it is written, with a look at every point.
    private static func owner(_ table: [(position: UInt64, id: String)], _ hash: UInt64) -> String? {
        let sorted = table.sorted {
            $0.position != $1.position ? $0.position < $1.position : $0.id.utf8.lexicographicallyPrecedes($1.id.utf8)
        }
        return (sorted.first { $0.position >= hash } ?? sorted.first)?.id
    }

    private static func randomMembers(_ random: inout SeededGenerator) throws -> [RingMember] {
        try (0..<Int.random(in: 1...9, using: &random)).map { index in
            try RingMember(id: NodeID("node-\(index)"), weight: Int.random(in: 1...200, using: &random))
        }
    }
}
