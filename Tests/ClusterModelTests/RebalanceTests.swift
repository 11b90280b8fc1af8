import ClusterModel
import HashRing
import Testing

@Suite("what a new ring means for a session")
struct RebalanceTests {
    /// A snapshot of nodes of weight 100, or 0 for a name that ends in `!`.
    private func snapshot(_ epoch: UInt64, _ nodes: [String], incarnation: UInt64 = 0) throws -> RingSnapshot {
        let document = RingDocument(
            service: chat, epoch: try #require(Epoch(epoch)), vnodes: 20,
            nodes: try nodes.map { name in
                RingDocument.Node(
                    member: try RingMember(
                        id: NodeID(name.replacing("!", with: "")), weight: name.hasSuffix("!") ? 0 : 100),
                    incarnation: try #require(Incarnation(incarnation)))
            })
        return try RingSnapshot(bytes: document.seal(), for: chat)
    }

    private let users = (0..<500).compactMap { try? UserKey("user-\($0)") }

    @Test("plan B closes exactly the sessions whose owner is no longer this node")
    func moved() throws {
        let old = try snapshot(1, ["a", "b"])
        let new = try snapshot(2, ["a", "b", "c"])
        let me = try NodeID("a")
        var closed = 0
        for user in users where old.owner(of: user)?.id == me {
            let decision = RebalancePlan.reconnectMoved.policy.decide(old: old, new: new, me: me, user: user)
            #expect(decision == (new.owner(of: user)?.id == me ? .keep : .close(.moved)))
            closed += decision == .keep ? 0 : 1
        }
        #expect(closed > 20 && closed < 200)
    }

    @Test("plan B also closes what this node did not own before, since it may have skipped epochs")
    func skipped() throws {
        let ring = try snapshot(2, ["a", "b"])
        let foreign = try #require(users.first { ring.owner(of: $0)?.id.text == "b" })
        let policy = ReconnectMoved()
        let me = try NodeID("a")
        #expect(policy.decide(old: ring, new: ring, me: me, user: foreign) == .close(.moved))
        #expect(policy.decide(old: nil, new: ring, me: me, user: foreign) == .close(.moved))
    }

    @Test("plans A and B empty a draining node, also the last one")
    func draining() throws {
        let old = try snapshot(1, ["a", "b"])
        for nodes in [["a!", "b"], ["a!", "b!"], ["b"], []] {
            let new = try snapshot(2, nodes)
            for user in users.prefix(20) where old.owner(of: user)?.id.text == "a" {
                let me = try NodeID("a")
                #expect(ReconnectMoved().decide(old: old, new: new, me: me, user: user) == .close(.moved))
                #expect(ReconnectAll().decide(old: old, new: new, me: me, user: user) == .close(.ringChanged))
            }
        }
    }

    @Test("plan A closes everybody when a key may have moved, and nobody when none did")
    func all() throws {
        let old = try snapshot(1, ["a", "b"])
        let restarted = try snapshot(2, ["a", "b"], incarnation: 9)
        let joined = try snapshot(3, ["a", "b", "c"])
        let me = try NodeID("a")
        for user in users where old.owner(of: user)?.id == me {
            #expect(ReconnectAll().decide(old: old, new: restarted, me: me, user: user) == .keep)
            #expect(ReconnectAll().decide(old: old, new: joined, me: me, user: user) == .close(.ringChanged))
            #expect(ReconnectAll().decide(old: nil, new: old, me: me, user: user) == .keep)
        }
    }

    @Test("plan C closes nobody")
    func rehome() throws {
        let old = try snapshot(1, ["a"])
        let new = try snapshot(2, ["b"])
        let user = try UserKey("alice")
        let me = try NodeID("a")
        #expect(RebalancePlan.rehome.policy.decide(old: old, new: new, me: me, user: user) == .keep)
    }
}

@Suite("the pace of closes")
struct PaceTests {
    @Test("spreads them evenly over the time, the first at once")
    func even() {
        var pace = Pace(count: 1000, over: .seconds(10), from: .seconds(5))
        #expect(pace.next(at: .seconds(4)) == 0)
        #expect(pace.next(at: .seconds(5)) == 1)
        #expect(pace.nextTime == .seconds(5) + .milliseconds(10))
        #expect(pace.next(at: .seconds(5)) == 0)
        #expect(pace.next(at: .seconds(6)) == 100)
        #expect(pace.next(at: .milliseconds(10_005)) == 400)
        #expect(pace.left == 499)
        #expect(pace.next(at: .seconds(16)) == 499)
        #expect(pace.nextTime == nil)
        #expect(pace.next(at: .seconds(99)) == 0)
    }

    @Test("is never slower than 20 a second")
    func slowest() {
        var pace = Pace(count: 40, over: .seconds(10), from: .zero)
        #expect(pace.next(at: .seconds(1)) == 21)
        #expect(pace.next(at: .seconds(2)) == 19)
    }

    @Test("of no time at all is everything at once, of nothing is nothing")
    func extremes() {
        var atOnce = Pace(count: 7, over: .zero, from: .zero)
        #expect(atOnce.next(at: .zero) == 7)
        var nothing = Pace(count: 0, over: .seconds(10), from: .zero)
        #expect(nothing.next(at: .seconds(1)) == 0)
        #expect(nothing.nextTime == nil)
        var crowd = Pace(count: 10_000_000, over: .milliseconds(1), from: .zero)
        #expect(crowd.next(at: .seconds(1)) == 10_000_000)
    }

    @Test("followed by its own times gives out everything by the end")
    func followed() {
        var pace = Pace(count: 333, over: .seconds(7), from: .zero)
        var given = 0
        var now = Duration.zero
        while let next = pace.nextTime {
            now = next
            let count = pace.next(at: now)
            #expect(count >= 1, "waking up at \(now) was for nothing")
            given += count
        }
        #expect(given == 333)
        #expect(now <= .seconds(7))
    }
}

@Suite("the window that makes one epoch of many changes")
struct ChangeWindowTests {
    @Test("closes when nothing came for its quiet time")
    func quiet() {
        var window = ChangeWindow<Int>()
        #expect(window.deadline == nil)
        window.add(1, at: .seconds(10))
        #expect(window.take(at: .milliseconds(10_199)).isEmpty)
        window.add(2, at: .milliseconds(10_150))
        #expect(window.take(at: .milliseconds(10_200)).isEmpty)
        #expect(window.deadline == .milliseconds(10_350))
        #expect(window.take(at: .milliseconds(10_350)) == [1, 2])
        #expect(window.take(at: .seconds(99)).isEmpty)
    }

    @Test("closes after its longest time even if changes keep coming")
    func longest() {
        var window = ChangeWindow<Int>()
        for step in 0...9 { window.add(step, at: .milliseconds(100 * step)) }
        #expect(window.deadline == .seconds(1))
        #expect(window.take(at: .seconds(1)).count == 10)
        window.add(11, at: .seconds(2))
        #expect(window.deadline == .milliseconds(2200), "the next window starts anew")
    }

    @Test("closes a quarter of its quiet time after an urgent change, whatever else comes")
    func urgent() {
        var window = ChangeWindow<Int>()
        window.add(1, at: .zero)
        window.add(2, at: .milliseconds(100), isUrgent: true)
        window.add(3, at: .milliseconds(140))
        window.add(4, at: .milliseconds(149), isUrgent: true)
        #expect(window.take(at: .milliseconds(149)).isEmpty)
        #expect(window.take(at: .milliseconds(150)) == [1, 2, 3, 4])
        window.add(5, at: .milliseconds(160))
        #expect(window.deadline == .milliseconds(360), "the next window is not urgent")
    }
}
