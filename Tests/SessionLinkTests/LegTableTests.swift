import Testing

@testable import SessionLink

@Suite("Legs")
struct LegTableTests {
    func opened<Value>(_ table: inout LegTable<Value>, _ value: Value) throws -> LegID {
        let leg = table.open(value)
        return try #require(leg)
    }

    @Test func `A leg is found until it is closed, and its id never names the next one in its slot`() throws {
        var table = LegTable<String>(capacity: 1)
        let first = try opened(&table, "alice")
        #expect(table[first] == "alice")
        #expect(table.open("bob") == nil)
        #expect(table.close(first) == "alice")
        #expect(table.close(first) == nil)
        let second = try opened(&table, "bob")
        #expect(second.index == first.index)
        #expect(second != first)
        #expect(table[first] == nil)
        table[first] = "mallory"
        #expect(table.close(first) == nil)
        table[second] = "bobby"
        #expect(table[second] == "bobby")
        #expect(table.count == 1)
    }

    @Test func `No leg ever has the id of the link`() throws {
        var table = LegTable<Int>(capacity: 1)
        var ids: Set<LegID> = []
        for round in 0..<255 {
            let leg = try opened(&table, round)
            ids.insert(leg)
            table.close(leg)
        }
        #expect(ids.count == 255)
        #expect(!ids.contains(.link))
        #expect(table[.link] == nil)
        let again = try opened(&table, 0)
        #expect(ids.contains(again))
    }

    @Test func `Free slots are used again before the table grows, the longest free first`() throws {
        var table = LegTable<Int>()
        let legs = try (0..<4).map { try opened(&table, $0) }
        for leg in [legs[2], legs[0], legs[3]] { table.close(leg) }
        let indices = try (0..<4).map { try opened(&table, $0).index }
        #expect(indices == [2, 0, 3, 4])
    }

    @Test func `Unknown ids are answered with nil`() {
        var table = LegTable<Int>()
        for raw in [0, 1, 0x0100_0000, 0xffff_ffff] as [UInt32] {
            #expect(table[LegID(rawValue: raw)] == nil)
            #expect(table.close(LegID(rawValue: raw)) == nil)
        }
    }

    @Test func `A dictionary agrees under random calls`() {
        for seed in 0..<100 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var table = LegTable<Int>(capacity: 40)
            var mirror = PeerLegTable<Int>(capacity: 40)
            var model: [LegID: Int] = [:]
            var seen: [LegID] = []
            for step in 0..<400 {
                if Int.random(in: 0..<5, using: &generator) < 3 {
                    if let leg = table.open(step) {
                        #expect(model[leg] == nil)
                        #expect(mirror.open(leg, step) == true)
                        model[leg] = step
                        seen.append(leg)
                    } else {
                        #expect(model.count == 40)
                    }
                } else if let leg = seen.randomElement(using: &generator) {
                    let expected = model.removeValue(forKey: leg)
                    #expect(table.close(leg) == expected)
                    #expect(mirror.close(leg) == expected)
                }
            }
            #expect(table.count == model.count)
            #expect(mirror.count == model.count)
            #expect(seen.allSatisfy { table[$0] == model[$0] && mirror[$0] == model[$0] }, "seed \(seed)")
            var visited: [LegID: Int] = [:]
            table.forEach { visited[$0] = $1 }
            #expect(visited == model)
            var mirrored: [LegID: Int] = [:]
            mirror.forEach { mirrored[$0] = $1 }
            #expect(mirrored == model)
        }
    }

    @Test func `A peer's leg with a hostile id is refused`() {
        var table = PeerLegTable<Int>(capacity: 8)
        #expect(table.open(.link, 1) == false)
        #expect(table.open(LegID(rawValue: 3), 1) == false)
        #expect(table.open(LegID(rawValue: 0x0100_0008), 1) == false)
        #expect(table.open(LegID(rawValue: 0xffff_ffff), 1) == false)
        #expect(table.open(LegID(rawValue: 0x0100_0007), 1) == true)
        #expect(table.open(LegID(rawValue: 0x0200_0007), 2) == false)
        #expect(table[LegID(rawValue: 0x0200_0007)] == nil)
        table[LegID(rawValue: 0x0100_0007)] = 5
        #expect(table.close(LegID(rawValue: 0x0100_0007)) == 5)
        #expect(table.count == 0)
    }
}

@Suite("Session ids")
struct SessionIDTests {
    @Test func `An id is shown as 32 digits, and two random ones differ`() {
        #expect(SessionID(first: 1, second: 0xab).description == "000000000000000100000000000000ab")
        #expect(SessionID.random() != SessionID.random())
    }
}
