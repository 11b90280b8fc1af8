import ClusterModel
import HashRing
import Testing

@Suite("many silent nodes at once")
struct MembershipFreezeTests {
    let records = (0..<5).map { record("n\($0)", 1) }

    /// Five nodes whose heartbeats are 100 ms apart, and of which those in `silent` stop after second 1.
    private func cluster(silent: Set<Int>, until end: Duration) throws -> (Membership, [Membership.Change]) {
        var membership = Membership(lease: .seconds(3))
        var changes: [Membership.Change] = []
        for record in records { _ = try membership.apply(.registered(record), at: .zero) }
        var now = Duration.zero
        while now <= end {
            for (index, record) in records.enumerated() {
                let beat = Duration.milliseconds(100 * index)
                let isDue = (now - beat).components.attoseconds == 0 && now >= beat
                guard isDue, !(silent.contains(index) && now > .seconds(1)) else { continue }
                _ = try? membership.apply(.heard(record.id, Heartbeat(incarnation: record.incarnation)), at: now)
            }
            changes += try membership.apply(.tick, at: now)
            now += .milliseconds(100)
        }
        return (membership, changes)
    }

    @Test("freeze the ring, although their leases end one by one")
    func freeze() throws {
        let (membership, changes) = try cluster(silent: [0, 1, 2], until: .seconds(10))
        #expect(membership.isFrozen)
        #expect(membership.ringNodes.count == 5)
        #expect(changes.count == 1)
        guard case .frozen(let silent)? = changes.first else {
            Issue.record("expected a freeze, got \(changes)")
            return
        }
        #expect(!silent.isEmpty)
    }

    @Test("are down as usual if they are not more than half, or fewer than three")
    func noFreeze() throws {
        let (two, changes) = try cluster(silent: [0, 1], until: .seconds(10))
        #expect(!two.isFrozen)
        #expect(Set(changes) == [.down(records[0].id, .silent), .down(records[1].id, .silent)])
        var pair = Membership(lease: .seconds(3))
        for record in records.prefix(2) { _ = try pair.apply(.registered(record), at: .zero) }
        #expect(try pair.apply(.tick, at: .seconds(3)).count == 2)
    }

    @Test("thaw by themselves when enough are heard of again; the rest is down then")
    func thaw() throws {
        var (membership, _) = try cluster(silent: [0, 1, 2], until: .seconds(10))
        for record in records.dropFirst() {
            _ = try membership.apply(.heard(record.id, Heartbeat(incarnation: record.incarnation)), at: .seconds(11))
        }
        #expect(try membership.apply(.tick, at: .seconds(11)) == [.thawed, .down(records[0].id, .silent)])
        #expect(!membership.isFrozen)
    }

    @Test("are down once a person confirms it")
    func confirmed() throws {
        var (membership, _) = try cluster(silent: [0, 1, 2], until: .seconds(10))
        let changes = try membership.apply(.lossConfirmed, at: .seconds(10))
        #expect(changes == (0..<3).map { .down(records[$0].id, .silent) } + [.thawed])
        #expect(membership.ringNodes.count == 2)
    }

    @Test("are down one by one if their ports refuse, frozen or not")
    func refused() throws {
        var (membership, _) = try cluster(silent: [0, 1, 2], until: .seconds(10))
        #expect(try membership.apply(.refused(records[1].id), at: .seconds(10)) == [.down(records[1].id, .refused)])
        #expect(try membership.apply(.tick, at: .seconds(10)).contains(.thawed), "two are no common loss")
    }
}
