import ClusterModel
import HashRing
import Testing

@Suite("membership")
struct MembershipTests {
    let a = record("a", 1)
    let b = record("b", 1)

    @Test("a node is up from its registration, and down after exactly one lease of silence")
    func lease() throws {
        var membership = Membership(lease: .seconds(3))
        #expect(try membership.apply(.registered(a), at: .zero) == [.up(a)])
        #expect(try membership.apply(.tick, at: .milliseconds(2999)).isEmpty)
        #expect(membership.nextDeadline == .seconds(3))
        #expect(try membership.apply(.tick, at: .seconds(3)) == [.down(a.id, .silent)])
        #expect(membership.ringNodes.isEmpty)
        #expect(membership.nextDeadline == nil)
        #expect(try membership.apply(.tick, at: .seconds(9)).isEmpty, "it goes down once")
    }

    @Test("a heartbeat gives a whole new lease")
    func heartbeat() throws {
        var membership = Membership(lease: .seconds(3))
        _ = try membership.apply(.registered(a), at: .zero)
        let heartbeat = Heartbeat(incarnation: a.incarnation, epoch: Epoch(42), sessions: 7)
        #expect(try membership.apply(.heard(a.id, heartbeat), at: .seconds(2)).isEmpty)
        #expect(try membership.apply(.tick, at: .milliseconds(4999)).isEmpty)
        #expect(membership.entry(a.id)?.heartbeat?.sessions == 7)
        #expect(membership.highestReported == Epoch(42))
        #expect(try membership.apply(.tick, at: .seconds(5)) == [.down(a.id, .silent)])
    }

    @Test("a heartbeat of a node that is unknown or down tells it to register again")
    func unknown() throws {
        var membership = Membership(lease: .seconds(3))
        let heartbeat = Heartbeat(incarnation: a.incarnation)
        #expect(throws: MembershipError.unknown(a.id)) { try membership.apply(.heard(a.id, heartbeat), at: .zero) }
        _ = try membership.apply(.registered(a), at: .zero)
        _ = try membership.apply(.tick, at: .seconds(3))
        #expect(throws: MembershipError.unknown(a.id)) {
            try membership.apply(.heard(a.id, heartbeat), at: .seconds(4))
        }
        #expect(try membership.apply(.registered(a), at: .seconds(4)) == [.up(a)])
    }

    @Test("a restart within the lease takes the name over; the old run then gets a conflict")
    func restart() throws {
        var membership = Membership(lease: .seconds(3))
        let again = record("a", 2)
        _ = try membership.apply(.registered(a), at: .zero)
        #expect(
            try membership.apply(.registered(again), at: .seconds(1)) == [.restarted(again, previous: a.incarnation)])
        let conflict = MembershipError.otherIncarnation(a.id, holding: again.incarnation)
        let oldBeat = Heartbeat(incarnation: a.incarnation)
        #expect(throws: conflict) { try membership.apply(.heard(a.id, oldBeat), at: .seconds(1)) }
        #expect(throws: conflict) { try membership.apply(.registered(a), at: .seconds(1)) }
        #expect(throws: conflict) { try membership.apply(.left(a.id, a.incarnation), at: .seconds(1)) }
        #expect(membership.entry(a.id)?.record == again)
        #expect(try membership.apply(.tick, at: .milliseconds(3999)).isEmpty, "what was refused gave no lease")
        #expect(try membership.apply(.tick, at: .seconds(4)) == [.down(a.id, .silent)])
        #expect(try membership.apply(.registered(a), at: .seconds(5)) == [.up(a)], "nobody holds the name any more")
    }

    @Test("a heartbeat of a newer run than the one listed is told to register, not that it lost the name")
    func newerRun() throws {
        var membership = Membership(lease: .seconds(3))
        _ = try membership.apply(.restored(a, .up), at: .zero)
        let heartbeat = Heartbeat(incarnation: record("a", 2).incarnation)
        #expect(throws: MembershipError.unknown(a.id)) { try membership.apply(.heard(a.id, heartbeat), at: .zero) }
    }

    @Test("registering again in the same run changes nothing but what it says")
    func sameRun() throws {
        var membership = Membership(lease: .seconds(3))
        _ = try membership.apply(.registered(a), at: .zero)
        #expect(try membership.apply(.registered(a), at: .seconds(1)).isEmpty)
        let moved = record("a", 1, port: 7777)
        #expect(try membership.apply(.registered(moved), at: .seconds(2)) == [.updated(moved)])
        _ = try membership.apply(.drain(a.id), at: .seconds(2))
        #expect(try membership.apply(.registered(moved), at: .seconds(3)).isEmpty)
        #expect(membership.entry(a.id)?.state == .draining, "registering again does not end the draining")
        #expect(membership.nextDeadline == .seconds(6))
    }

    @Test("a draining node stays on the ring with weight 0 until it leaves")
    func draining() throws {
        var membership = Membership(lease: .seconds(3))
        _ = try membership.apply(.registered(a), at: .zero)
        _ = try membership.apply(.registered(b), at: .zero)
        #expect(try membership.apply(.drain(a.id), at: .zero) == [.draining(a.id)])
        #expect(try membership.apply(.drain(a.id), at: .zero).isEmpty)
        #expect(membership.ringNodes.map(\.weight) == [0, 100])
        #expect(membership.ringNodes.map(\.state) == [.draining, .up])
        #expect(try membership.apply(.left(a.id, a.incarnation), at: .zero) == [.left(a.id)])
        #expect(membership.ringNodes.map(\.id) == [b.id])
        #expect(throws: MembershipError.unknown(a.id)) { try membership.apply(.left(a.id, nil), at: .zero) }
        #expect(throws: MembershipError.unknown(a.id)) { try membership.apply(.drain(a.id), at: .zero) }
    }

    @Test("a draining node that dies is down, and its next run is up")
    func drainingDies() throws {
        var membership = Membership(lease: .seconds(3))
        _ = try membership.apply(.registered(a), at: .zero)
        _ = try membership.apply(.drain(a.id), at: .zero)
        #expect(try membership.apply(.tick, at: .seconds(3)) == [.down(a.id, .silent)])
        let again = record("a", 2)
        #expect(try membership.apply(.registered(again), at: .seconds(4)) == [.up(again)])
    }

    @Test("a node whose port refuses is down at once")
    func refused() throws {
        var membership = Membership(lease: .seconds(3))
        _ = try membership.apply(.registered(a), at: .zero)
        #expect(try membership.apply(.refused(a.id), at: .milliseconds(10)) == [.down(a.id, .refused)])
        #expect(try membership.apply(.refused(a.id), at: .milliseconds(20)).isEmpty)
        #expect(try membership.apply(.refused(b.id), at: .milliseconds(20)).isEmpty)
    }

    @Test("a node that is down is listed for a while and then forgotten")
    func forgotten() throws {
        var membership = Membership(lease: .seconds(3), keepDown: .seconds(60))
        _ = try membership.apply(.registered(a), at: .zero)
        _ = try membership.apply(.tick, at: .seconds(3))
        #expect(try membership.apply(.tick, at: .seconds(62)).isEmpty)
        #expect(membership.all.map(\.state) == [.down(.silent)])
        #expect(try membership.apply(.tick, at: .seconds(63)) == [.forgotten(a.id)])
        #expect(membership.all.isEmpty)
    }

    @Test("a new leader gives what it read from the store a whole lease")
    func restored() throws {
        var membership = Membership(lease: .seconds(3))
        #expect(try membership.apply(.restored(a, .up), at: .seconds(100)) == [.restored(a.id)])
        #expect(try membership.apply(.restored(b, .draining), at: .seconds(100)) == [.restored(b.id)])
        #expect(membership.ringNodes.map(\.state) == [.up, .draining])
        let newer = record("a", 2)
        _ = try membership.apply(.registered(newer), at: .seconds(101))
        #expect(try membership.apply(.restored(a, .up), at: .seconds(102)).isEmpty, "what was heard is fresher")
        #expect(try membership.apply(.tick, at: .seconds(103)) == [.down(b.id, .silent)])
        #expect(membership.ringNodes.map(\.incarnation) == [newer.incarnation])
    }

    @Test("a registry that stood still does not blame the nodes")
    func paused() throws {
        var membership = Membership(lease: .seconds(3))
        _ = try membership.apply(.registered(a), at: .zero)
        _ = try membership.apply(.paused(.seconds(60)), at: .seconds(61))
        #expect(try membership.apply(.tick, at: .milliseconds(62_999)).isEmpty)
        #expect(try membership.apply(.tick, at: .seconds(63)) == [.down(a.id, .silent)])
    }

    @Test("only changes that others must hear of make a document")
    func documents() {
        let changing: [Membership.Change] = [
            .up(a), .restarted(a, previous: .unknown), .updated(a), .draining(a.id), .left(a.id), .down(a.id, .silent),
        ]
        #expect(!changing.contains { !$0.changesDocument })
        let quiet: [Membership.Change] = [.restored(a.id), .forgotten(a.id), .frozen(silent: []), .thawed]
        #expect(!quiet.contains { $0.changesDocument })
        #expect(Membership.Change.down(a.id, .refused).cause == "down a refused")
    }
}

/// A node's record; for values that are right.
func record(_ id: String, _ incarnation: UInt64, port: Int = 7100) -> NodeRecord {
    do {
        return try NodeRecord(
            id: id, incarnation: incarnation, address: "127.0.0.1:\(port)", url: "ws://127.0.0.1:7200/chat")
    } catch {
        preconditionFailure("\(id): \(error)")
    }
}
