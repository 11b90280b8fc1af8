import ClusterModel
import HashRing
import SessionLink
import Testing

@testable import SessionNode

@Suite(.serialized) struct RebalanceTests {
    @Test func `the sessions a node closes when another joins are those the two documents name, and they hear why`()
        async throws
    {
        let nodes = try await TestNodes(["a", "b"], loops: 2)
        let old = try nodes.ring(1, ["a"])
        let new = try nodes.ring(2, ["a", "b"], closeOver: .milliseconds(200))
        try await nodes.adopt(old)
        let users = try Rings.users(of: "a", in: old, count: 200)
        let links = try (0..<2).map { loop in
            let link = try TestLink(nodes["a"].link)
            try link.hello(to: "a", loop: loop)
            return link
        }
        var legs: [(user: String, loop: Int, leg: LegID)] = []
        for user in users {
            let loop = try nodes.loop(of: user, in: old)
            legs.append((user, loop, try links[loop].open(user, epoch: 1)))
        }
        let expected = try users.filter { new.owner(of: try UserKey($0))?.id.text != "a" }
        try await nodes.adopt(new)
        #expect(try await soon { await nodes["a"].fleet.sessions() == users.count - expected.count })
        for (user, loop, leg) in legs {
            let link = links[loop]
            if expected.contains(user) {
                let (code, reason) = try link.next(of: leg).read(LinkClose.self) { ($0.code, $0.reason) }
                let advice = CloseAdvice(reason: reason)
                #expect(code == CloseCode.moved.rawValue && advice.epoch?.value == 2)
                #expect(PacedClose.retryMilliseconds.contains(advice.retryMilliseconds ?? 0))
            } else {
                link.send("x", to: user, "1", on: leg)
                #expect(try link.next(of: leg).text.contains("message"), "\(user) stayed")
            }
        }
        await nodes.stop()
    }

    @Test func `under plan A everyone is closed with 4100`() async throws {
        let nodes = try await TestNodes(["a", "b"])
        try await nodes.adopt(try nodes.ring(1, ["a"], plan: .reconnectAll))
        let new = try nodes.ring(2, ["a", "b"], plan: .reconnectAll, closeOver: .zero)
        let link = try TestLink(nodes["a"].link)
        try link.hello(to: "a")
        let legs = try (0..<20).map { try link.open("user-\($0)", epoch: 1) }
        try await nodes.adopt(new)
        for leg in legs {
            #expect(try link.next(of: leg).read(LinkClose.self) { $0.code } == CloseCode.ringChanged.rawValue)
        }
        await nodes.stop()
    }

    @Test func `a drain closes with 4002 what is there and refuses what comes`() async throws {
        let nodes = try await TestNodes(["a"])
        try await nodes.adopt(try nodes.ring(1, ["a"]))
        let link = try TestLink(nodes["a"].link)
        try link.hello(to: "a")
        let legs = try (0..<10).map { try link.open("user-\($0)", epoch: 1) }
        nodes["a"].fleet.drain(over: .milliseconds(100))
        for leg in legs {
            #expect(try link.next(of: leg).read(LinkClose.self) { $0.code } == CloseCode.draining.rawValue)
        }
        let leg = try link.attach("late", epoch: 1)
        #expect(try link.next(of: leg).kind == .refused)
        #expect(await nodes["a"].fleet.sessions() == 0)
        await nodes.stop()
    }
}
