import ClusterModel
import HashRing
import Testing

@testable import Registry

/// What the service's machine does about suspicions.
@Suite struct SuspicionTests {
    private let nodes: [NodeRecord]

    init() throws {
        nodes = try ["a", "b", "c", "d", "e"].map { try Sample.record($0) }
    }

    /// Five nodes on a stored ring.
    private func scene() throws -> Scene {
        var scene = try Scene()
        for node in nodes { try scene.join(node) }
        try scene.advance(by: .milliseconds(500), heartbeats: nodes)
        return scene
    }

    private func suspicion(_ incarnation: UInt64 = 1) throws -> Suspicion {
        try Suspicion(incarnation: Sample.incarnation(incarnation), by: "gateway-1", reason: .reset)
    }

    @Test func `a node whose port is closed is off the ring within a quarter of the window`() throws {
        var scene = try scene()
        let a = nodes[0]
        #expect(try scene.machine.suspect(a.id, suspicion(), at: scene.now) == [.check([a])])
        let actions = scene.machine.checked(a, .portClosed, at: scene.now)
        #expect(actions == [.report(.down(a.id, .refused))])
        try scene.advance(by: .milliseconds(49), heartbeats: Array(nodes.dropFirst()))
        #expect(scene.ring.count == 5)
        try scene.advance(by: .milliseconds(1), heartbeats: Array(nodes.dropFirst()))
        #expect(scene.ring.keys.sorted() == ["b", "c", "d", "e"])
        #expect(scene.commits.last?.causes == ["down a refused"])
    }

    @Test func `a node that answers stays, whatever is said of it`() throws {
        var scene = try scene()
        let (a, before) = (nodes[0], scene.commits.count)
        for _ in 0..<100 {
            for case .check(let records) in try scene.machine.suspect(a.id, suspicion(), at: scene.now) {
                #expect(records == [a])
                let answer = ProbeVerdict.answered(node: "a", incarnation: 1)
                #expect(scene.machine.checked(a, answer, at: scene.now).isEmpty)
            }
            try scene.advance(by: .milliseconds(50), heartbeats: nodes)
        }
        #expect(scene.commits.count == before && scene.ring.count == 5)
    }

    @Test(arguments: [
        ProbeVerdict.silent(reason: "no answer"), .unproven(reason: "another secret"), .notOurs(reason: "hung up"),
        .refused(.version, message: "too old"),
    ])
    func `what proves nothing leaves it to the lease`(verdict: ProbeVerdict) throws {
        var scene = try scene()
        let (a, others) = (nodes[0], Array(nodes.dropFirst()))
        let lastHeard = try #require(scene.machine.membership.entry(a.id)?.lastHeard)
        var checks = try scene.machine.suspect(a.id, suspicion(), at: scene.now)
        var calls = 0
        while scene.now < lastHeard + .milliseconds(2900) {
            for case .check(let records) in checks {
                calls += records.count
                for record in records { #expect(scene.machine.checked(record, verdict, at: scene.now).isEmpty) }
            }
            let seen = scene.actions.count
            try scene.advance(by: .milliseconds(10), heartbeats: others)
            checks = Array(scene.actions.dropFirst(seen))
        }
        #expect(calls == SuspectedNodes.tries)
        #expect(scene.machine.membership.entry(a.id)?.state == .up)
        try scene.advance(by: .milliseconds(200), heartbeats: others)
        #expect(scene.machine.membership.entry(a.id)?.state == .down(.silent))
    }

    @Test(arguments: [
        ProbeVerdict.answered(node: "a", incarnation: 2), .answered(node: "z", incarnation: 1),
        .refused(.node, message: "another"), .refused(.service, message: "another"), .portClosed,
    ])
    func `another node or run at its address means it is gone`(verdict: ProbeVerdict) throws {
        var scene = try scene()
        _ = try scene.machine.suspect(nodes[0].id, suspicion(), at: scene.now)
        #expect(
            scene.machine.checked(nodes[0], verdict, at: scene.now) == [.report(.down(nodes[0].id, .refused))])
    }

    @Test func `a suspicion about a run that is not on the ring leads to no call`() throws {
        var scene = try scene()
        #expect(try scene.machine.suspect(nodes[0].id, suspicion(0), at: scene.now).isEmpty)
        #expect(try scene.machine.suspect(nodes[0].id, suspicion(2), at: scene.now).isEmpty)
        #expect(throws: ServiceMachine.Refusal.unknown(try Sample.id("z"))) {
            _ = try scene.machine.suspect(Sample.id("z"), suspicion(), at: scene.now)
        }
        _ = try scene.machine.suspect(nodes[0].id, suspicion(), at: scene.now)
        _ = scene.machine.checked(nodes[0], .portClosed, at: scene.now)
        // Down already.
        #expect(try scene.machine.suspect(nodes[0].id, suspicion(), at: scene.now + .seconds(1)).isEmpty)
    }

    @Test func `a node that registered anew while it was called is not taken down by the old answer`() throws {
        var scene = try scene()
        _ = try scene.machine.suspect(nodes[0].id, suspicion(), at: scene.now)
        try scene.join(Sample.record("a", incarnation: 2), replacing: 1)
        #expect(scene.machine.checked(nodes[0], .portClosed, at: scene.now).isEmpty)
        _ = try scene.machine.suspect(nodes[1].id, suspicion(), at: scene.now)
        try scene.join(Sample.record("b", address: "127.0.0.1:7999"))
        #expect(scene.machine.checked(nodes[1], .portClosed, at: scene.now).isEmpty)
        #expect(scene.machine.membership.all.allSatisfy { $0.state == .up })
    }

    @Test func `a node that left before its turn does not stay in the way of its return`() throws {
        var scene = try scene()
        let a = nodes[0]
        _ = try scene.machine.suspect(a.id, suspicion(), at: scene.now)
        _ = scene.machine.checked(a, .answered(node: "a", incarnation: 1), at: scene.now)
        #expect(try scene.machine.suspect(a.id, suspicion(), at: scene.now).isEmpty)
        _ = try scene.machine.leave(a.id, nil, at: scene.now)
        try scene.advance(by: .seconds(1), heartbeats: Array(nodes.dropFirst()))
        try scene.join(a)
        #expect(try scene.machine.suspect(a.id, suspicion(), at: scene.now) == [.check([a])])
    }

    @Test func `in a freeze closed ports still mean down, and silence still does not`() throws {
        var scene = try scene()
        let alive = Array(nodes.suffix(2))
        try scene.advance(by: .seconds(4), heartbeats: alive)
        #expect(scene.machine.membership.isFrozen && scene.ring.count == 5)
        _ = try scene.machine.suspect(nodes[0].id, suspicion(), at: scene.now)
        _ = try scene.machine.suspect(nodes[1].id, suspicion(), at: scene.now)
        _ = scene.machine.checked(nodes[0], .silent(reason: "no answer"), at: scene.now)
        #expect(scene.machine.checked(nodes[1], .portClosed, at: scene.now) == [.report(.down(nodes[1].id, .refused))])
        #expect(scene.machine.membership.entry(nodes[0].id)?.isLive == true)
    }

    @Test func `a node that waits to be called does not make the registry think it woke late`() throws {
        var scene = try scene()
        let many = try (10..<40).map { try Sample.record("n\($0)", address: "127.0.0.1:\(8000 + $0)") }
        for record in many { try scene.join(record) }
        for record in many { _ = try scene.machine.suspect(record.id, suspicion(), at: scene.now) }
        scene.now += .seconds(1)
        _ = scene.machine.checked(many[0], .portClosed, at: scene.now)
        #expect(scene.machine.nextDeadline(at: scene.now) >= scene.now)
    }
}
