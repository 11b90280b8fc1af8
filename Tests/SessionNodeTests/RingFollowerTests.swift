import ClusterModel
import HashRing
import Reactor
import Testing

@testable import SessionNode

@Suite struct RingFollowerTests {
    private func closed(
        _ follower: RingFollower, _ users: [String], in snapshot: RingSnapshot, openedUnder: UInt64, me: String = "a"
    ) throws -> [String: CloseCode] {
        var closed: [String: CloseCode] = [:]
        for user in users {
            closed[user] = follower.verdict(
                me: try NodeID(me), hash: try Rings.hash(user, in: snapshot), openedUnder: openedUnder)
        }
        return closed
    }

    private func follower(_ snapshots: RingSnapshot...) -> RingFollower {
        var follower = RingFollower()
        for snapshot in snapshots { follower.adopt(snapshot) }
        return follower
    }

    @Test func `under plan B exactly those are closed whose owner differs in the two documents`() throws {
        let old = try Rings.snapshot(1, ["a", "b", "c"])
        let new = try Rings.snapshot(2, ["a", "b", "c", "d"])
        let mine = try Rings.users(of: "a", in: old, count: 500)
        let expected = try mine.filter { new.owner(of: try UserKey($0))?.id.text != "a" }
        let closed = try closed(follower(old, new), mine, in: new, openedUnder: 1)
        #expect(closed.keys.sorted() == expected.sorted())
        #expect(!expected.isEmpty && expected.count < mine.count / 2)
        #expect(closed.values.allSatisfy { $0 == .moved })
        // The diff names the same users: the forecast and the deed agree.
        let ranges = RingDiff.ranges(from: old.ring, to: new.ring).filter { $0.from?.text == "a" }
        let byRanges = try mine.filter { user in
            let hash = try Rings.hash(user, in: old)
            return ranges.contains { $0.first <= hash && hash <= $0.last }
        }
        #expect(closed.keys.sorted() == byRanges.sorted())
    }

    @Test func `skipped epochs change nothing about who is closed under plan B`() throws {
        let first = try Rings.snapshot(1, ["a", "b"])
        let second = try Rings.snapshot(2, ["a", "b", "c"])
        let third = try Rings.snapshot(3, ["a", "b", "c", "d"])
        let mine = try Rings.users(of: "a", in: first, count: 300)
        #expect(
            try closed(follower(first, third), mine, in: third, openedUnder: 1)
                == closed(follower(first, second, third), mine, in: third, openedUnder: 1))
    }

    @Test func `a user who comes back to this node before the close is spared`() throws {
        let old = try Rings.snapshot(1, ["a", "b"])
        let between = try Rings.snapshot(2, ["a", "b", "c"])
        let back = try Rings.snapshot(3, ["a", "b"])
        let mine = try Rings.users(of: "a", in: old, count: 300)
        #expect(try !closed(follower(old, between), mine, in: between, openedUnder: 1).isEmpty)
        #expect(try closed(follower(old, between, back), mine, in: back, openedUnder: 1).isEmpty)
    }

    @Test func `under plan A everyone from before the change is closed and nobody who came after it`() throws {
        let old = try Rings.snapshot(1, ["a", "b"], plan: .reconnectAll)
        let new = try Rings.snapshot(5, ["a", "b", "c"], plan: .reconnectAll)
        let mine = try Rings.users(of: "a", in: new, count: 100)
        let follower = follower(old, new)
        #expect(try closed(follower, mine, in: new, openedUnder: 1).count == 100)
        #expect(try closed(follower, mine, in: new, openedUnder: 1).values.allSatisfy { $0 == .ringChanged })
        #expect(try closed(follower, mine, in: new, openedUnder: 5).isEmpty)
    }

    @Test func `under plan A an epoch that moves nobody closes nobody, but does not spare those still to be closed`()
        throws
    {
        let old = try Rings.snapshot(1, ["a", "b"], plan: .reconnectAll)
        let new = try Rings.snapshot(5, ["a", "b", "c"], plan: .reconnectAll)
        let same = try Rings.snapshot(6, ["a", "b", "c"], plan: .reconnectAll, closeOver: .seconds(3))
        let mine = try Rings.users(of: "a", in: new, count: 100)
        #expect(try closed(follower(new, same), mine, in: same, openedUnder: 5).isEmpty)
        #expect(try closed(follower(old, new, same), mine, in: same, openedUnder: 1).count == 100)
        #expect(try closed(follower(old, new, same), mine, in: same, openedUnder: 5).isEmpty)
    }

    @Test func `changing the plan alone closes nobody, whatever happened before`() throws {
        let old = try Rings.snapshot(1, ["a", "b"])
        let new = try Rings.snapshot(5, ["a", "b", "c"])
        let planA = try Rings.snapshot(6, ["a", "b", "c"], plan: .reconnectAll)
        let mine = try Rings.users(of: "a", in: new, count: 100)
        #expect(try closed(follower(old, new, planA), mine, in: planA, openedUnder: 1).isEmpty)
    }

    @Test func `a node that drains gives up everyone it holds`() throws {
        let old = try Rings.snapshot(1, ["a", "b"])
        let new = try Rings.snapshot(2, ["b"], draining: ["a"])
        let mine = try Rings.users(of: "a", in: old, count: 50)
        #expect(try closed(follower(old, new), mine, in: new, openedUnder: 1).count == 50)
    }

    @Test func `another seed gives every user another place, so everyone is closed`() throws {
        let old = try Rings.snapshot(1, ["a"])
        let new = try Rings.snapshot(2, ["a"], seed: 7)
        let mine = try Rings.users(of: "a", in: old, count: 20)
        #expect(try closed(follower(old, new), mine, in: old, openedUnder: 1).count == 20)
        #expect(try closed(follower(old, new), mine, in: new, openedUnder: 2).isEmpty)
    }

    @Test func `paced closes come in random order, each once, and spread over the time`() {
        var random = SeededGenerator(seed: 3)
        let start = MonotonicTime(nanoseconds: 0)
        let entries = (0..<200).map {
            PacedClose.Entry(session: SessionRef(index: Int32($0), generation: 0), code: .moved)
        }
        var closing = PacedClose(entries, over: .seconds(2), now: start, random: &random)
        var closed: [PacedClose.Entry] = []
        var now = start
        var halfway = 0
        while let pause = closing.pause(now: now) {
            now = now + pause
            closed += closing.next(now: now)
            if now - start <= .seconds(1) { halfway = closed.count }
        }
        #expect(closed.count == 200 && Set(closed.map(\.session)).count == 200)
        #expect(closed != entries && closed != entries.reversed())
        #expect((95...105).contains(halfway))
        #expect(now - start <= .seconds(2))
    }
}
