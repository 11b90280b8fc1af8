import ClusterModel
import Reactor
import Testing

@testable import RingSync

@Suite struct SubscriberMachineTests {
    typealias Machine = RingSubscriber.StateMachine

    private func at(_ milliseconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: milliseconds * 1_000_000) }

    private func hint(_ version: RingVersion) -> [UInt8] {
        Array(#"{"epoch":\#(version.epoch),"digest":"\#(hex(version.digest))"}"#.utf8)
    }

    private func hex(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }

    /// A machine that holds the ring and has nothing to do until its next turn.
    private func holding(_ ring: RingSnapshot) -> Machine {
        var machine = Machine(seed: 5)
        #expect(machine.start(now: at(0)) == [.fetch])
        #expect(machine.fetched(ring.bytes, now: at(0)) == [.build(ring.bytes, .store)])
        #expect(machine.built(.adopted, current: ring.version, now: at(0)) == [])
        return machine
    }

    @Test("A read begins after the confirmation even if one was under way")
    func confirmation() throws {
        var machine = Machine(seed: 5)
        #expect(machine.start(now: at(0)) == [.fetch])
        #expect(machine.confirmed(now: at(1)) == [])
        #expect(machine.fetched(nil, now: at(2)) == [.fetch])
        #expect(machine.fetched(nil, now: at(3)) == [])
    }

    @Test("It reads again about every three seconds, asking for two fields before the document")
    func again() throws {
        let ring = try Rings.snapshot(5, "a")
        var machine = holding(ring)
        var turns: [Int64] = []
        var now: Int64 = 0
        while turns.count < 50 {
            now += 10
            let actions = machine.tick(now: at(now))
            guard !actions.isEmpty else { continue }
            #expect(actions == [.ask])
            turns.append(now)
            #expect(machine.asked(ring.version, now: at(now)) == [])
        }
        let gaps = zip(turns, turns.dropFirst()).map { $1 - $0 }
        #expect(gaps.allSatisfy { (2400...3620).contains($0) })
        #expect(Set(gaps).count > 10, "with jitter")
    }

    @Test("A failed read is followed by the next turn, not by a storm and not by silence")
    func failure() throws {
        var machine = holding(try Rings.snapshot(5, "a"))
        #expect(machine.tick(now: at(4000)) == [.ask])
        #expect(machine.readFailed(now: at(6000)) == [])
        #expect(machine.tick(now: at(8000)) == [])
        #expect(machine.tick(now: at(10_000)) == [.ask])
    }

    @Test("Refreshing a thousand times at once reads once, and once more 100 ms later")
    func refresh() throws {
        let ring = try Rings.snapshot(5, "a")
        var machine = holding(ring)
        var reads = 0
        for _ in 0..<1000 { reads += machine.refresh(now: at(1000)).count }
        #expect(reads == 1)
        #expect(machine.asked(ring.version, now: at(1010)) == [])
        for _ in 0..<1000 { reads += machine.refresh(now: at(1020)).count }
        #expect(reads == 1)
        #expect(machine.nextDeadline == at(1100))
        #expect(machine.tick(now: at(1100)) == [.ask])
    }

    @Test("A document on the channel is built, the one that is held is not, nor the one being built")
    func channel() throws {
        let ring = try Rings.snapshot(5, "a")
        let next = try Rings.snapshot(6, "a", "b")
        var machine = holding(ring)
        #expect(machine.message(ring.bytes, now: at(1)) == [])
        #expect(machine.message(next.bytes, now: at(1)) == [.build(next.bytes, .channel)])
        #expect(machine.message(next.bytes, now: at(1)) == [])
    }

    @Test("While one is built the newest waits and takes the place of the one before")
    func newestWins() throws {
        var machine = holding(try Rings.snapshot(5, "a"))
        let rings = try (6...8).map { try Rings.snapshot($0, "a", "b") }
        #expect(machine.message(rings[0].bytes, now: at(1)) == [.build(rings[0].bytes, .channel)])
        #expect(machine.message(rings[1].bytes, now: at(1)) == [])
        #expect(machine.message(rings[2].bytes, now: at(1)) == [])
        #expect(
            machine.built(.adopted, current: rings[0].version, now: at(2)) == [.build(rings[2].bytes, .channel)])
    }

    @Test("A hint of something newer or other fetches, of something older is refused, of the same is nothing")
    func hints() throws {
        let ring = try Rings.snapshot(5, "a")
        let newer = try Rings.snapshot(6, "a")
        let other = try Rings.snapshot(5, "b")
        let older = try Rings.snapshot(4, "b")
        var machine = holding(ring)
        #expect(machine.message(hint(ring.version), now: at(1)) == [])
        #expect(machine.message(hint(older.version), now: at(1)) == [.refuse(.lower(older.epoch))])
        #expect(machine.message(hint(newer.version), now: at(1)) == [.fetch])
        #expect(machine.message(hint(newer.version), now: at(1)) == [])
        #expect(machine.fetched(ring.bytes, now: at(2)) == [.fetch], "asked again while it was read: read again")
        #expect(machine.fetched(newer.bytes, now: at(3)) == [.build(newer.bytes, .store)])
        var second = holding(ring)
        #expect(second.message(hint(other.version), now: at(1)) == [.fetch])
    }

    @Test(
        "What is neither a document nor a hint is refused",
        arguments: ["", "hello", "{}", "[1]", #"{"epoch":0,"digest":"0000000000000000"}"#, #"{"epoch":7}"#])
    func unreadable(_ text: String) throws {
        var machine = holding(try Rings.snapshot(5, "a"))
        #expect(machine.message(Array(text.utf8), now: at(1)) == [.refuse(.unreadable)])
    }

    @Test("A conflict on the channel asks the store once; if the store has the same, it is reported and kept out")
    func conflict() throws {
        let ring = try Rings.snapshot(5, "a")
        let other = try Rings.snapshot(5, "b")
        var machine = holding(ring)
        #expect(machine.message(other.bytes, now: at(1)) == [.build(other.bytes, .channel)])
        let conflict = RingRefusal.conflict(ring.epoch)
        #expect(machine.built(.refused(conflict), current: ring.version, now: at(2)) == [.fetch, .report(conflict)])
        #expect(machine.fetched(other.bytes, now: at(3)) == [.build(other.bytes, .store)])
        #expect(machine.built(.refused(conflict), current: ring.version, now: at(4)) == [.report(conflict)])
        #expect(machine.tick(now: at(4000)) == [.ask])
        #expect(machine.asked(other.version, now: at(4001)) == [.refuse(conflict)], "counted, not built again")
    }

    @Test("A refused document of the store is not built again at every turn, a newer one is")
    func refusedOnce() throws {
        let ring = try Rings.snapshot(5, "a")
        let bad = try Rings.snapshot(6, "a", "b")
        let good = try Rings.snapshot(7, "a", "b")
        let refusal = RingRefusal.invalid(label: "table", reason: "no")
        var machine = holding(ring)
        #expect(machine.tick(now: at(4000)) == [.ask])
        #expect(machine.asked(bad.version, now: at(4000)) == [.fetch])
        #expect(machine.fetched(bad.bytes, now: at(4000)) == [.build(bad.bytes, .store)])
        #expect(machine.built(.refused(refusal), current: ring.version, now: at(4001)) == [.report(refusal)])
        #expect(machine.tick(now: at(8000)) == [.ask])
        #expect(machine.asked(bad.version, now: at(8000)) == [.refuse(refusal)])
        #expect(machine.tick(now: at(12_000)) == [.ask])
        #expect(machine.asked(good.version, now: at(12_000)) == [.fetch])
        #expect(machine.fetched(good.bytes, now: at(12_000)) == [.build(good.bytes, .store)])
    }

    @Test("A store with a lower epoch is refused, an empty one is left alone")
    func lower() throws {
        let ring = try Rings.snapshot(5, "a")
        let old = try Rings.snapshot(4, "a")
        var machine = holding(ring)
        #expect(machine.tick(now: at(4000)) == [.ask])
        #expect(machine.asked(old.version, now: at(4000)) == [.refuse(.lower(old.epoch))])
        #expect(machine.tick(now: at(8000)) == [.ask])
        #expect(machine.asked(nil, now: at(8000)) == [.fetch])
        #expect(machine.fetched(nil, now: at(8000)) == [])
    }

    @Test("A ring that the process adopted on its own is not built again")
    func adoptedElsewhere() throws {
        let ring = try Rings.snapshot(5, "a")
        let own = try Rings.snapshot(6, "a", "b")
        var machine = holding(ring)
        #expect(machine.message(own.bytes, now: at(1)) == [.build(own.bytes, .channel)])
        #expect(machine.built(.same, current: own.version, now: at(2)) == [])
        #expect(machine.message(own.bytes, now: at(3)) == [])
        #expect(machine.tick(now: at(4000)) == [.ask])
        #expect(machine.asked(own.version, now: at(4000)) == [])
    }
}
