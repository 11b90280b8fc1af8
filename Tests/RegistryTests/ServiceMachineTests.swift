import ClusterModel
import HashRing
import Testing

@testable import Registry

@Suite struct ServiceMachineTests {
    @Test func `nodes that come within the window become one epoch`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        try scene.advance(by: .milliseconds(150))
        try scene.join(Sample.record("b"))
        try scene.advance(by: .milliseconds(199))
        #expect(scene.commits.isEmpty)
        try scene.advance(by: .milliseconds(1))
        #expect(scene.commits.count == 1)
        #expect(scene.commits.first?.causes == ["up a", "up b"])
        #expect(scene.ring == ["a": 100, "b": 100])
        #expect(scene.commits.first?.save.map(\.id.text) == ["a", "b"])
    }

    @Test func `a steady trickle of changes still gets through after a second`() throws {
        var scene = try Scene()
        for index in 0..<10 {
            try scene.join(Sample.record("n\(index)"))
            try scene.advance(by: .milliseconds(150))
        }
        #expect(scene.commits.count == 1)
        #expect(scene.commits.first?.causes.count == 7)
    }

    @Test func `a node is down at exactly one lease of silence`() throws {
        var scene = try Scene()
        let (a, b) = (try Sample.record("a"), try Sample.record("b"))
        try scene.join(a)
        try scene.join(b)
        try scene.advance(by: .milliseconds(2999), heartbeats: [b])
        #expect(scene.machine.membership.entry(a.id)?.state == .up)
        try scene.advance(by: .milliseconds(1), heartbeats: [b])
        #expect(scene.machine.membership.entry(a.id)?.state == .down(.silent))
        try scene.advance(by: .milliseconds(200), heartbeats: [b])
        #expect(scene.ring == ["b": 100])
        #expect(scene.commits.last?.forget == [a.id])
        // And with it went only its own points.
        let before = try #require(scene.commits.first?.snapshot.ring)
        let after = try #require(scene.commits.last?.snapshot.ring)
        #expect(RingDiff.ranges(from: before, to: after).allSatisfy { $0.from == a.id && $0.to == b.id })
    }

    @Test func `a restart within the lease keeps the points, though it is a new epoch`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a", incarnation: 1))
        try scene.join(Sample.record("b"))
        try scene.advance(by: .milliseconds(500))
        try scene.join(Sample.record("a", incarnation: 2), replacing: 1)
        try scene.advance(by: .milliseconds(500))
        #expect(scene.commits.count == 2)
        let rings = scene.commits.map(\.snapshot.ring)
        #expect(RingDiff.ranges(from: rings[0], to: rings[1]).isEmpty)
        #expect(try scene.machine.held?.node(Sample.id("a"))?.incarnation == Sample.incarnation(2))
    }

    @Test func `another run does not get a name whose holder was not found gone`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a", incarnation: 5))
        let refusal = ServiceMachine.Refusal.otherIncarnation(
            try Sample.id("a"), holding: try Sample.incarnation(5))
        #expect(throws: refusal) { try scene.join(Sample.record("a", incarnation: 6)) }
        #expect(throws: refusal) { try scene.join(Sample.record("a", incarnation: 4), replacing: 3) }
        #expect(
            try scene.machine.admission(of: Sample.record("a", incarnation: 6))
                == .held(by: Sample.record("a", incarnation: 5)))
    }

    @Test func `a run with a lower number takes over a holder that is gone`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a", incarnation: 5))
        try scene.advance(by: .milliseconds(300))
        try scene.join(Sample.record("a", incarnation: 4), replacing: 5)
        try scene.advance(by: .milliseconds(300))
        #expect(try scene.machine.held?.node(Sample.id("a"))?.incarnation == Sample.incarnation(4))
        #expect(scene.commits.count == 2)
    }

    @Test func `a draining node stays in the document and owns nothing`() throws {
        var scene = try Scene()
        let nodes = [try Sample.record("a"), try Sample.record("b")]
        for node in nodes { try scene.join(node) }
        try scene.advance(by: .milliseconds(300), heartbeats: nodes)
        scene.machine = try draining(scene.machine, "a", at: scene.now)
        try scene.advance(by: .seconds(10), heartbeats: nodes)
        #expect(scene.ring == ["a": 0, "b": 100])
        #expect(try scene.machine.held?.node(Sample.id("a"))?.state == .draining)
        // The stored registration keeps the weight it came with.
        #expect(scene.stored.nodes.map(\.weight) == [100, 100])
    }

    private func draining(_ machine: ServiceMachine, _ id: String, at now: Duration) throws -> ServiceMachine {
        var machine = machine
        _ = try machine.drain(Sample.id(id), at: now)
        return machine
    }

    @Test func `a node that comes and goes within one window costs no epoch`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        try scene.advance(by: .milliseconds(300))
        try scene.join(Sample.record("b"))
        _ = try scene.machine.leave(Sample.id("b"), Sample.incarnation(1), at: scene.now)
        try scene.advance(by: .milliseconds(300))
        #expect(scene.commits.count == 1)
    }

    @Test func `a node that leaves goes at once, but only by its own run`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a", incarnation: 3))
        #expect(throws: ServiceMachine.Refusal.self) {
            _ = try scene.machine.leave(Sample.id("a"), Sample.incarnation(2), at: scene.now)
        }
        _ = try scene.machine.leave(Sample.id("a"), nil, at: scene.now)
        #expect(try scene.machine.membership.entry(Sample.id("a")) == nil)
    }

    @Test func `a node that is down has to register again`() throws {
        var scene = try Scene()
        let nodes = [try Sample.record("a"), try Sample.record("b")]
        for node in nodes { try scene.join(node) }
        try scene.advance(by: .seconds(4), heartbeats: [nodes[1]])
        #expect(throws: ServiceMachine.Refusal.unknown(nodes[0].id)) {
            try scene.machine.heartbeat(nodes[0].id, Heartbeat(incarnation: nodes[0].incarnation), at: scene.now)
        }
        #expect(scene.machine.admission(of: nodes[0]) == .callBack)
    }

    @Test func `two nodes with one key, or more points than a ring may have, are refused by name`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a", key: "x"))
        guard case .refuse(.invalid("key", _)) = try scene.machine.admission(of: Sample.record("b", key: "x")) else {
            Issue.record("it was taken")
            return
        }
        #expect(try scene.machine.admission(of: Sample.record("a", key: "x")) == .known)
        let most = try ServiceSettings(vnodes: 4096)
        scene.machine.adopt(most, at: scene.now)
        // 10000 / 100 * 4096 points each: the third is one too many.
        try scene.join(Sample.record("h1", weight: 10000))
        try scene.join(Sample.record("h2", weight: 10000))
        guard case .refuse(.invalid("weight", _)) = try scene.machine.admission(of: Sample.record("h3", weight: 10000))
        else {
            Issue.record("it was taken")
            return
        }
    }
}
