import ClusterModel
import HashRing
import Reactor
import Testing

@testable import SessionNode

@Suite struct RingViewTests {
    private let start = MonotonicTime(nanoseconds: 0)

    private func names(_ indices: [Int], _ view: RingView) -> [String] {
        indices.compactMap { view.snapshot?.nodes[$0].id.text }
    }

    @Test func `without a ring nobody owns anyone`() throws {
        let view = RingView(me: try NodeID("a"))
        #expect(view.epoch == 0 && view.ownerIndex(ofHash: 1) == nil && !view.isMine(1))
    }

    @Test func `a new owner asks the one before it, until the closes of the change must be over`() throws {
        var view = RingView(me: try NodeID("c"))
        let old = try Rings.snapshot(1, ["a", "b"])
        let new = try Rings.snapshot(2, ["a", "b", "c"], closeOver: .seconds(10))
        view.adopt(old, now: start)
        view.adopt(new, now: start)
        for user in try Rings.users(of: "c", in: new, count: 50) {
            let hash = try Rings.hash(user, in: new)
            let before = try #require(old.owner(ofHash: hash)).id.text
            #expect(names(view.otherHolders(ofHash: hash, now: start + .seconds(11)), view) == [before])
        }
        let hash = try Rings.hash(try Rings.users(of: "c", in: new, count: 1)[0], in: new)
        #expect(view.otherHolders(ofHash: hash, now: start + .seconds(12)).isEmpty)
    }

    @Test func `after several changes all owners in between are asked, each once, as far as they are still known`()
        throws
    {
        var view = RingView(me: try NodeID("d"))
        let first = try Rings.snapshot(1, ["a", "b"])
        let second = try Rings.snapshot(2, ["a", "b", "c"])
        let third = try Rings.snapshot(3, ["a", "c", "d"])
        for snapshot in [first, second, third] { view.adopt(snapshot, now: start) }
        var sawTwo = false
        for user in try Rings.users(of: "d", in: third, count: 200) {
            let hash = try Rings.hash(user, in: third)
            var expected: [String] = []
            for ring in [second, first] {
                let id = try #require(ring.owner(ofHash: hash)).id.text
                if id != "b", !expected.contains(id) { expected.append(id) }
            }
            sawTwo = sawTwo || expected.count == 2
            #expect(names(view.otherHolders(ofHash: hash, now: start), view) == expected)
        }
        #expect(sawTwo)
    }

    @Test func `who is no longer the owner names the owner first`() throws {
        var view = RingView(me: try NodeID("a"))
        let old = try Rings.snapshot(1, ["a"])
        let new = try Rings.snapshot(2, ["b"], draining: ["a"])
        view.adopt(old, now: start)
        view.adopt(new, now: start)
        #expect(names(view.otherHolders(ofHash: 5, now: start), view) == ["b"])
        #expect(!view.isMine(5) && view.myIndex >= 0)
    }

    @Test func `an epoch that moves nobody asks nobody`() throws {
        var view = RingView(me: try NodeID("a"))
        view.adopt(try Rings.snapshot(1, ["a", "b"]), now: start)
        view.adopt(try Rings.snapshot(2, ["a", "b"], plan: .reconnectAll), now: start)
        let users = try Rings.users(of: "a", in: try #require(view.snapshot), count: 20)
        for user in users {
            let hash = try Rings.hash(user, in: try #require(view.snapshot))
            #expect(view.isMine(hash) && view.otherHolders(ofHash: hash, now: start).isEmpty)
        }
    }
}
