import Glibc
import Testing

@testable import ringway

@Suite("From the first start to the last exit of a dev cluster")
struct DevLifecycleTests {
    private static func child(_ name: String, _ role: Child.Role) -> Child {
        Child(name: name, role: role, program: "/bin/\(role)", arguments: [])
    }

    private static let redis = child("redis", .redis)
    private static let registry = child("registry", .registry)
    private static let gateway = child("gateway-1", .gateway)
    private static let nodes = [child("node-1", .node), child("node-2", .node)]
    private static let all = [redis, registry, gateway] + nodes

    /// A cluster that runs.
    private static func running() -> DevLifecycle {
        var cluster = DevLifecycle(all)
        _ = cluster.start(at: .zero)
        for name in ["redis", "registry"] { _ = cluster.apply(.ready(name), at: .zero) }
        _ = cluster.apply(.errandDone(.configure, problem: nil), at: .zero)
        for name in ["gateway-1", "node-1", "node-2"] { _ = cluster.apply(.ready(name), at: .zero) }
        _ = cluster.apply(.errandDone(.awaitRing, problem: nil), at: .zero)
        return cluster
    }

    @Test("each stage waits for the one before, and the ring before the announcement")
    func stages() {
        var cluster = DevLifecycle(Self.all)
        #expect(cluster.start(at: .zero) == [.start([Self.redis])])
        #expect(cluster.apply(.ready("redis"), at: .zero) == [.start([Self.registry])])
        #expect(cluster.apply(.ready("registry"), at: .zero) == [.run(.configure)])
        #expect(cluster.apply(.errandDone(.configure, problem: nil), at: .zero) == [.start([Self.gateway])])
        #expect(cluster.apply(.ready("gateway-1"), at: .zero) == [.start(Self.nodes)])
        #expect(cluster.apply(.ready("node-2"), at: .zero) == [])
        #expect(cluster.apply(.ready("node-1"), at: .zero) == [.run(.awaitRing)])
        #expect(!cluster.isRunning)
        #expect(cluster.apply(.errandDone(.awaitRing, problem: nil), at: .zero) == [.announce(isComplete: true)])
        #expect(cluster.isRunning)
    }

    @Test("without an own Redis the registry comes first")
    func withoutRedis() {
        var cluster = DevLifecycle([Self.registry, Self.gateway])
        #expect(cluster.start(at: .zero) == [.start([Self.registry])])
    }

    @Test("the end goes from the nodes to Redis, each role after the last exit of the one before")
    func stopping() {
        var cluster = Self.running()
        let first = cluster.apply(.stop(signal: SIGINT), at: .seconds(9))
        #expect(first.last == .send(signal: SIGTERM, to: ["node-1", "node-2"]))
        #expect(cluster.apply(.exited("node-2", .code(0)), at: .seconds(9)) == [])
        #expect(
            cluster.apply(.exited("node-1", .code(0)), at: .seconds(9)) == [.send(signal: SIGTERM, to: ["gateway-1"])])
        #expect(
            cluster.apply(.exited("gateway-1", .code(0)), at: .seconds(9)) == [.send(signal: SIGTERM, to: ["registry"])]
        )
        #expect(
            cluster.apply(.exited("registry", .code(0)), at: .seconds(9)) == [.send(signal: SIGTERM, to: ["redis"])])
        #expect(cluster.apply(.exited("redis", .code(0)), at: .seconds(9)) == [.end(code: 0)])
    }

    @Test("a node that does not stop is killed at the bound, not before")
    func bound() {
        var cluster = Self.running()
        _ = cluster.apply(.stop(signal: SIGTERM), at: .seconds(1))
        let bound = Duration.seconds(1) + DevLifecycle.stopBound(.node)
        #expect(cluster.apply(.tick, at: bound - .milliseconds(1)) == [])
        #expect(cluster.apply(.tick, at: bound).last == .send(signal: SIGKILL, to: ["node-1", "node-2"]))
        #expect(cluster.apply(.tick, at: bound + .seconds(1)) == [])
    }

    @Test("asked a second time, everything is killed at once")
    func hurry() {
        var cluster = Self.running()
        _ = cluster.apply(.stop(signal: SIGINT), at: .zero)
        let again = cluster.apply(.stop(signal: SIGINT), at: .zero)
        #expect(again == [.send(signal: SIGKILL, to: ["gateway-1", "node-1", "node-2", "redis", "registry"])])
    }

    @Test("a child that dies while the cluster runs is reported and not restarted")
    func death() {
        var cluster = Self.running()
        let actions = cluster.apply(.exited("node-1", .signal(SIGKILL)), at: .seconds(5))
        guard case .warn(let text)? = actions.first, actions.count == 1 else {
            Issue.record("one report was expected: \(actions)")
            return
        }
        #expect(text.contains("node-1 was killed by SIGKILL"))
        #expect(cluster.isRunning)
    }

    @Test("a child that dies before it is ready ends the cluster with 1")
    func failedStart() {
        var cluster = DevLifecycle(Self.all)
        _ = cluster.start(at: .zero)
        _ = cluster.apply(.ready("redis"), at: .zero)
        let actions = cluster.apply(.exited("registry", .code(78)), at: .zero)
        #expect(
            actions == [
                .warn("registry ended with exit code 78 before it was ready"), .send(signal: SIGTERM, to: ["redis"]),
            ])
        #expect(cluster.apply(.exited("redis", .code(0)), at: .zero) == [.end(code: 1)])
    }

    @Test("a child that says nothing is given up at the bound")
    func lateStart() {
        var cluster = DevLifecycle(Self.all)
        _ = cluster.start(at: .zero)
        #expect(cluster.apply(.tick, at: DevLifecycle.startBound - .milliseconds(1)) == [])
        #expect(cluster.apply(.tick, at: DevLifecycle.startBound).last == .send(signal: SIGTERM, to: ["redis"]))
    }

    @Test("a ring that does not get complete is said, and the cluster goes on")
    func incomplete() {
        var cluster = DevLifecycle([Self.registry])
        _ = cluster.start(at: .zero)
        _ = cluster.apply(.ready("registry"), at: .zero)
        #expect(cluster.apply(.errandDone(.configure, problem: nil), at: .zero) == [.run(.awaitRing)])
        let actions = cluster.apply(.errandDone(.awaitRing, problem: "no ring"), at: .zero)
        #expect(actions == [.warn("no ring"), .announce(isComplete: false)])
        #expect(cluster.isRunning)
    }

    @Test("when only Redis is left, the cluster ends with 1")
    func nothingLeft() {
        var cluster = Self.running()
        for name in ["node-1", "node-2", "gateway-1"] {
            _ = cluster.apply(.exited(name, .signal(SIGKILL)), at: .zero)
        }
        let last = cluster.apply(.exited("registry", .signal(SIGKILL)), at: .zero)
        #expect(last.last == .send(signal: SIGTERM, to: ["redis"]))
        #expect(cluster.apply(.exited("redis", .code(0)), at: .zero) == [.end(code: 1)])
    }

    @Test("how a process ended is read from the wait status")
    func waitStatus() {
        #expect(ExitStatus(waitStatus: 0) == .code(0))
        #expect(ExitStatus(waitStatus: 78 << 8) == .code(78))
        #expect(ExitStatus(waitStatus: 9) == .signal(9))
        #expect(ExitStatus(waitStatus: 0x80 | 11) == .signal(11))
    }
}
