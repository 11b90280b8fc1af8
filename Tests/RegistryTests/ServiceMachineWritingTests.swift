import ClusterModel
import HashRing
import Testing

@testable import Registry

@Suite struct ServiceMachineWritingTests {
    @Test func `an epoch is above the stored one, above every reported one, and at least the time`() throws {
        var scene = try Scene()
        let a = try Sample.record("a")
        try scene.join(a)
        try scene.advance(by: .milliseconds(250))
        #expect(scene.commits.last?.snapshot.epoch.value == 1_000_200)
        try scene.machine.heartbeat(
            a.id, Heartbeat(incarnation: a.incarnation, epoch: Sample.epoch(9_000_000)), at: scene.now)
        try scene.join(Sample.record("b"))
        try scene.advance(by: .milliseconds(250))
        #expect(scene.commits.last?.snapshot.epoch.value == 9_000_001)
        try scene.join(Sample.record("c"))
        try scene.advance(by: .milliseconds(250))
        #expect(scene.commits.last?.snapshot.epoch.value == 9_000_002)
    }

    @Test func `one broken node cannot use up the numbers`() throws {
        var scene = try Scene()
        let a = try Sample.record("a")
        try scene.join(a)
        try scene.machine.heartbeat(
            a.id, Heartbeat(incarnation: a.incarnation, epoch: Sample.epoch(Epoch.maxValue)), at: scene.now)
        try scene.advance(by: .milliseconds(250))
        #expect(scene.commits.last?.snapshot.epoch.value == 1_000_200)
    }

    @Test func `a change stays pending while the store is away, and is written once when it is back`() throws {
        var scene = try Scene()
        let nodes = [try Sample.record("a"), try Sample.record("b")]
        try scene.join(nodes[0])
        scene.failures = Array(repeating: .unavailable("gone"), count: 6)
        try scene.advance(by: .seconds(1), heartbeats: [nodes[0]])
        #expect(scene.commits.isEmpty)
        #expect(scene.machine.unwritten == "up a")
        try scene.join(nodes[1])
        try scene.advance(by: .seconds(20), heartbeats: nodes)
        #expect(scene.commits.count == 1)
        #expect(scene.commits.first?.causes == ["up a", "up b"])
        #expect(scene.machine.unwritten == nil)
        #expect(scene.ring == ["a": 100, "b": 100])
    }

    @Test func `a change is said to be unwritten also while the next attempt is under way`() throws {
        var scene = try Scene()
        let a = try Sample.record("a")
        try scene.join(a)
        scene.failures = [.uncertain("timed out")]
        try scene.advance(by: .milliseconds(250))
        #expect(scene.machine.unwritten == "up a")
        // The attempt begins and its answer does not come.
        let later = scene.now + .seconds(1)
        try scene.machine.heartbeat(a.id, Heartbeat(incarnation: a.incarnation), at: later)
        let actions = scene.machine.advance(to: later, unixMilliseconds: 2_000_000)
        #expect(actions.count == 1)
        #expect(scene.machine.unwritten == "up a")
    }

    @Test func `attempts grow apart to two seconds and no further`() throws {
        var scene = try Scene()
        let a = try Sample.record("a")
        try scene.join(a)
        scene.failures = Array(repeating: .unavailable("gone"), count: 1000)
        try scene.advance(by: .seconds(60), heartbeats: [a])
        #expect((30...40).contains(scene.machine.failures))
    }

    @Test func `after no answer the very same ring is offered again, so that one change is one epoch`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        scene.failures = [.uncertain("timed out")]
        try scene.advance(by: .seconds(1))
        let offered = scene.actions.compactMap { action -> RingVersion? in
            if case .commit(let commit) = action { commit.snapshot.version } else { nil }
        }
        #expect(offered.count == 2)
        #expect(Set(offered).count == 1)
    }

    @Test func `a store that is ahead is overtaken, not obeyed`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        scene.failures = [.stale(stored: try Sample.epoch(5_000_000))]
        try scene.advance(by: .seconds(1))
        #expect(scene.commits.map(\.snapshot.epoch.value) == [5_000_001])
    }

    @Test func `a store that forgot gets the ring, the nodes and the settings back with a higher epoch`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        try scene.advance(by: .milliseconds(250))
        let before = try #require(scene.machine.held)
        scene.storeHolds = nil
        #expect(scene.machine.storeHolds(nil, asked: before.version, at: scene.now) == nil)
        try scene.advance(by: .milliseconds(250))
        let again = try #require(scene.commits.last)
        #expect(scene.commits.count == 2)
        #expect(again.snapshot.epoch > before.epoch)
        #expect(again.save.map(\.id.text) == ["a"])
        #expect(again.settings == scene.machine.settings)
        #expect(RingDiff.ranges(from: before.ring, to: again.snapshot.ring).isEmpty)
        // Once is enough.
        #expect(scene.machine.storeHolds(again.snapshot.version, asked: again.snapshot.version, at: scene.now) == nil)
        try scene.advance(by: .seconds(1))
        #expect(scene.commits.count == 2)
    }

    @Test func `a store that forgot gets everything with the next change, should that come first`() throws {
        var scene = try Scene()
        let nodes = [try Sample.record("a"), try Sample.record("b")]
        try scene.join(nodes[0])
        try scene.advance(by: .milliseconds(250))
        scene.storeHolds = nil
        try scene.join(nodes[1])
        try scene.advance(by: .milliseconds(250))
        #expect(scene.commits.last?.save == nodes)
        #expect(scene.commits.last?.settings == scene.machine.settings)
    }

    @Test func `an answer about the store that is out of date is not acted on`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        try scene.advance(by: .milliseconds(250))
        // Asked before the first ring was stored, answered after.
        #expect(scene.machine.storeHolds(nil, asked: nil, at: scene.now) == nil)
        try scene.advance(by: .seconds(1))
        #expect(scene.commits.count == 1)
    }

    @Test func `another writer is told of once and not fought`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        try scene.advance(by: .milliseconds(250))
        let held = scene.machine.held?.version
        let foreign = RingVersion(epoch: try Sample.epoch(7_000_000), digest: 1)
        #expect(scene.machine.storeHolds(foreign, asked: held, at: scene.now) == foreign)
        #expect(scene.machine.storeHolds(foreign, asked: held, at: scene.now) == nil)
        try scene.advance(by: .seconds(1))
        #expect(scene.commits.count == 1)
        // But the next change of ours goes above it.
        try scene.join(Sample.record("b"))
        try scene.advance(by: .milliseconds(250))
        #expect(scene.commits.last?.snapshot.epoch.value == 7_000_001)
    }

    @Test func `settings become a new epoch; vnodes also another table`() throws {
        var scene = try Scene()
        try scene.join(Sample.record("a"))
        try scene.advance(by: .milliseconds(250))
        let first = try #require(scene.machine.held)
        scene.machine.adopt(try ServiceSettings(vnodes: 160, plan: .reconnectAll), at: scene.now)
        try scene.advance(by: .milliseconds(250))
        let second = try #require(scene.machine.held)
        #expect(second.epoch > first.epoch && second.plan == .reconnectAll)
        #expect(second.ring.tableDigest == first.ring.tableDigest)
        scene.machine.adopt(try ServiceSettings(vnodes: 80, plan: .reconnectAll), at: scene.now)
        try scene.advance(by: .milliseconds(250))
        let third = try #require(scene.machine.held)
        #expect(third.epoch > second.epoch && third.ring.pointCount == 80)
        scene.machine.adopt(try ServiceSettings(vnodes: 80, plan: .reconnectAll), at: scene.now)
        try scene.advance(by: .seconds(1))
        #expect(scene.commits.count == 3)
    }
}

@Suite struct ServiceMachineResumeTests {
    private func before() throws -> StoredService {
        var scene = try Scene()
        for id in ["a", "b", "c"] { try scene.join(Sample.record(id)) }
        try scene.advance(by: .milliseconds(250))
        _ = try scene.machine.drain(Sample.id("c"), at: scene.now)
        try scene.advance(by: .milliseconds(250))
        return scene.stored
    }

    @Test func `after a restart nothing is written and nobody moves`() throws {
        let stored = try before()
        var scene = try Scene(stored: stored)
        let nodes = stored.nodes
        try scene.advance(by: .seconds(10), heartbeats: nodes)
        #expect(scene.commits.isEmpty)
        #expect(scene.machine.held?.version == stored.snapshot?.version)
        #expect(scene.ring == ["a": 100, "b": 100, "c": 0])
        #expect(scene.machine.membership.all.map(\.state) == [.up, .up, .draining])
    }

    @Test func `every known node gets a whole lease to be heard`() throws {
        let stored = try before()
        var scene = try Scene(stored: stored)
        try scene.advance(by: .milliseconds(2999), heartbeats: Array(stored.nodes.prefix(2)))
        #expect(scene.machine.membership.all.count { $0.isLive } == 3)
        try scene.advance(by: .milliseconds(300), heartbeats: Array(stored.nodes.prefix(2)))
        #expect(scene.ring == ["a": 100, "b": 100])
    }

    @Test func `nodes whose registration was lost come back from the ring`() throws {
        var stored = try before()
        stored.nodes = []
        var scene = try Scene(stored: stored)
        try scene.advance(by: .milliseconds(500))
        #expect(scene.commits.isEmpty)
        #expect(scene.machine.membership.all.map(\.record.id.text) == ["a", "b", "c"])
    }

    @Test func `a ring that cannot be read is written anew above its epoch`() throws {
        var stored = try before()
        stored.snapshot = nil
        stored.epoch = try Sample.epoch(8_000_000)
        var scene = try Scene(stored: stored)
        try scene.advance(by: .milliseconds(500))
        #expect(scene.commits.map(\.snapshot.epoch.value) == [8_000_001])
    }

    @Test func `with nothing stored no empty ring is announced`() throws {
        var scene = try Scene()
        try scene.advance(by: .seconds(5))
        #expect(scene.commits.isEmpty && scene.machine.held == nil)
    }

    @Test func `settings that were changed while the registry was away are put in force`() throws {
        var stored = try before()
        stored.settings = try ServiceSettings(vnodes: 160, plan: .reconnectAll)
        var scene = try Scene(stored: stored)
        try scene.advance(by: .milliseconds(500))
        #expect(scene.commits.map(\.snapshot.plan) == [.reconnectAll])
    }

    @Test func `when most nodes are silent at once the ring freezes, and a closed port thaws it`() throws {
        var scene = try Scene()
        let nodes = try ["a", "b", "c", "d"].map { try Sample.record($0) }
        for node in nodes { try scene.join(node) }
        try scene.advance(by: .milliseconds(500), heartbeats: nodes)
        try scene.advance(by: .seconds(6), heartbeats: [nodes[3]])
        #expect(scene.machine.membership.isFrozen)
        #expect(scene.ring.count == 4)
        let probed = scene.actions.compactMap { action -> [String]? in
            if case .probe(let records) = action { records.map(\.id.text) } else { nil }
        }
        #expect(probed.flatMap(\.self).isEmpty == false)
        for node in nodes.prefix(2) { _ = scene.machine.foundGone(node, at: scene.now) }
        try scene.advance(by: .seconds(1), heartbeats: [nodes[3]])
        #expect(scene.ring["a"] == nil && scene.ring["b"] == nil && scene.ring["d"] == 100)
    }
}
