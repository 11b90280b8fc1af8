import ClusterModel
import HashRing
import Testing

@testable import Registry

@Suite struct SuspectedNodesTests {
    private let a: NodeID
    private let b: NodeID

    init() throws {
        a = try Sample.id("a")
        b = try Sample.id("b")
    }

    @Test func `a suspected node is called at once, and once however many suspect it`() {
        var nodes = SuspectedNodes()
        for _ in 0..<1000 { nodes.suspect(a, at: .seconds(5)) }
        #expect(nodes.nextDeadline.map { $0 <= .seconds(5) } == true)
        #expect(nodes.due(at: .seconds(5)) == [a])
        for _ in 0..<1000 { nodes.suspect(a, at: .seconds(5)) }
        #expect(nodes.due(at: .seconds(5)).isEmpty)
        #expect(nodes.nextDeadline == nil)
    }

    @Test func `calls of one node are 100 ms apart`() {
        var nodes = SuspectedNodes()
        nodes.suspect(a, at: .zero)
        #expect(nodes.due(at: .zero) == [a])
        nodes.found(.alive, at: a, at: .milliseconds(1))
        nodes.suspect(a, at: .milliseconds(2))
        #expect(nodes.due(at: .milliseconds(100)).isEmpty)
        #expect(nodes.nextDeadline == .milliseconds(101))
        #expect(nodes.due(at: .milliseconds(101)) == [a])
    }

    @Test func `a node that is suspected while it answers is called once more`() {
        var nodes = SuspectedNodes()
        nodes.suspect(a, at: .zero)
        #expect(nodes.due(at: .zero) == [a])
        nodes.suspect(a, at: .milliseconds(1))
        nodes.found(.alive, at: a, at: .milliseconds(2))
        #expect(nodes.due(at: .milliseconds(102)) == [a])
        nodes.found(.alive, at: a, at: .milliseconds(103))
        #expect(nodes.due(at: .seconds(10)).isEmpty && nodes.nextDeadline == nil)
    }

    @Test func `a call without an answer is repeated twice, then it is left to the lease`() {
        var nodes = SuspectedNodes()
        nodes.suspect(a, at: .zero)
        var now = Duration.zero
        var calls = 0
        while now < .seconds(5) {
            for id in nodes.due(at: now) {
                calls += 1
                nodes.found(.nothing, at: id, at: now)
            }
            now += .milliseconds(1)
        }
        #expect(calls == SuspectedNodes.tries)
        #expect(nodes.nextDeadline == nil)
    }

    @Test func `with 16 calls under way the others wait, and none is lost`() throws {
        var nodes = SuspectedNodes()
        let ids = try (10..<40).map { try Sample.id("n\($0)") }
        for id in ids { nodes.suspect(id, at: .zero) }
        let first = nodes.due(at: .zero)
        #expect(first.count == SuspectedNodes.mostCalls)
        #expect(nodes.nextDeadline == nil)
        for id in first { nodes.found(.gone, at: id, at: .milliseconds(5)) }
        #expect(nodes.nextDeadline != nil)
        #expect(first + nodes.due(at: .milliseconds(5)) == ids)
    }

    @Test func `whatever is reported, no more than 50 calls a second are made over time`() throws {
        var nodes = SuspectedNodes()
        let ids = try (100..<400).map { try Sample.id("n\($0)") }
        var now = Duration.zero
        var calls = 0
        while now < .seconds(10) {
            for id in ids { nodes.suspect(id, at: now) }
            for id in nodes.due(at: now) {
                calls += 1
                nodes.found(.alive, at: id, at: now)
            }
            now += .milliseconds(10)
        }
        // One burst of a second may have been saved up at the start.
        #expect((500...550).contains(calls), "\(calls)")
    }

    @Test func `what was not asked for changes nothing`() {
        var nodes = SuspectedNodes()
        nodes.found(.alive, at: b, at: .zero)
        nodes.suspect(a, at: .zero)
        nodes.found(.gone, at: a, at: .zero)
        #expect(nodes.due(at: .zero) == [a])
    }
}
