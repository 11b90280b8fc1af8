import ClusterModel
import HashRing
import SessionLink
import Testing

@testable import SessionNode

@Suite(.serialized) struct LinkServerTests {
    @Test func `a link for somebody else is refused, with the reason`() async throws {
        let nodes = try await TestNodes(["a"], loops: 2)
        func refusal(_ hello: (TestLink) throws -> LinkHelloAnswer) throws -> LinkHelloAnswer.Refusal? {
            let link = try TestLink(nodes["a"].link)
            guard case .refused(let refusal, _) = try hello(link) else { return nil }
            #expect(throws: TestLink.Ended.self) { try link.next() }
            return refusal
        }
        #expect(try refusal { try $0.hello(to: "a", service: "game") } == .service)
        #expect(try refusal { try $0.hello(to: "b") } == .node)
        #expect(try refusal { try $0.hello(to: "a", version: 9) } == .version)
        #expect(try refusal { try $0.hello(to: "a", loop: 2) } == .loop)
        await nodes.stop()
    }

    @Test func `a link reaches the loop that its hello names, and says which node and run it reached`() async throws {
        let nodes = try await TestNodes(["a"], loops: 3)
        let ring = try nodes.ring(7, ["a"])
        try await nodes.adopt(ring)
        for loop in 0..<3 {
            let link = try TestLink(nodes["a"].link)
            let answer = try link.hello(to: "a", loop: loop, epoch: 7)
            #expect(answer == .accepted(node: "a", incarnation: 0, loops: 3, epoch: 7))
            let users = try Rings.users(of: "a", in: ring, count: 20)
            let user = try #require(try users.first { try nodes.loop(of: $0, in: ring) == loop })
            _ = try link.open(user, epoch: 7)
            let sessions = await nodes["a"].fleet.numbers().map(\.sessions)
            #expect(sessions[loop] == 1, "the user's session lies on the loop of its hash")
        }
        await nodes.stop()
    }

    @Test func `bytes that are no hello end the link at once, whatever length they announce`() async throws {
        let nodes = try await TestNodes(["a"])
        let link = try TestLink(nodes["a"].link)
        link.write(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        #expect(throws: TestLink.Ended.self) { try link.next() }
        let other = try TestLink(nodes["a"].link)
        other.message(.text, Array("x".utf8), on: .link)
        #expect(throws: TestLink.Ended.self) { try other.next() }
        await nodes.stop()
    }

    @Test func `a user of another node is answered with MOVED and the epoch`() async throws {
        let nodes = try await TestNodes(["a", "b"])
        let ring = try nodes.ring(9, ["a", "b"])
        try await nodes.adopt(ring)
        let stranger = try Rings.users(of: "b", in: ring, count: 1)[0]
        let link = try nodes.link(to: "a", for: stranger, in: ring)
        let leg = try link.attach(stranger, epoch: 5)
        let answer = try link.next(of: leg)
        #expect(answer.kind == .moved)
        #expect(try answer.read(LinkMoved.self) { $0.epoch } == 9)
        // The leg is free again on this side: the gateway may use its slot at once.
        let mine = try Rings.users(of: "a", in: ring, count: 1)[0]
        _ = try link.open(mine, epoch: 9)
        await nodes.stop()
    }

    @Test func `an attach under a newer epoch waits for that ring, and is then decided by it`() async throws {
        let nodes = try await TestNodes(["a", "b"])
        let old = try nodes.ring(1, ["b"])
        let new = try nodes.ring(2, ["a", "b"])
        try await nodes.adopt(old)
        let mine = try Rings.users(of: "a", in: new, count: 1)[0]
        let link = try nodes.link(to: "a", for: mine, in: old)
        let leg = try link.attach(mine, epoch: 2)
        #expect(try await soon { nodes["a"].asked.all.contains(2) }, "the ring is read again")
        #expect(try link.untilQuiet(milliseconds: 50).isEmpty)
        try await nodes.adopt(new)
        #expect(try link.next(of: leg).kind == .attached)
        await nodes.stop()
    }

    @Test func `an attach that no ring can settle is refused after a moment`() async throws {
        let nodes = try await TestNodes(["a", "b"])
        let ring = try nodes.ring(1, ["b"])
        try await nodes.adopt(ring)
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let start = ContinuousClock.now
        let leg = try link.attach("alice", epoch: 2)
        let answer = try link.next(of: leg)
        #expect(answer.kind == .refused)
        #expect(try answer.read(LinkRefused.self) { $0.status } == 503)
        #expect(ContinuousClock.now - start >= ParkedAttaches.patience - .milliseconds(20))
        await nodes.stop()
    }

    @Test func `a session that comes back by a new link takes the place of its former self`() async throws {
        let nodes = try await TestNodes(["a"])
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        let session = SessionID.random()
        let first = try nodes.link(to: "a", for: "alice", in: ring)
        let firstLeg = try first.open("alice", epoch: 1, session: session)
        let second = try nodes.link(to: "a", for: "alice", in: ring)
        let secondLeg = try second.open("alice", epoch: 1, session: session)
        let end = try first.next(of: firstLeg)
        #expect(end.kind == .close)
        #expect(try end.read(LinkClose.self) { $0.code } == CloseCode.superseded.rawValue)
        #expect(await nodes["a"].fleet.sessions() == 1)
        second.send("1", to: "alice", "1", on: secondLeg)
        #expect(try second.next(of: secondLeg).text.hasPrefix(#"{"type":"message","from":"alice""#))
        await nodes.stop()
    }

    @Test func `the end of a link ends its sessions and no others`() async throws {
        let nodes = try await TestNodes(["a"])
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        var first: TestLink? = try nodes.link(to: "a", for: "alice", in: ring)
        for user in ["alice", "bob", "carol"] { _ = try first?.open(user, epoch: 1) }
        let second = try nodes.link(to: "a", for: "alice", in: ring)
        let leg = try second.open("alice", epoch: 1)
        #expect(await nodes["a"].fleet.sessions() == 4)
        first = nil
        #expect(try await soon { await nodes["a"].fleet.sessions() == 1 })
        second.send("1", to: "alice", "1", on: leg)
        #expect(try second.next(of: leg).text.contains("message"))
        await nodes.stop()
    }

    @Test func `a user that breaks the key rules is refused with 400`() async throws {
        let nodes = try await TestNodes(["a"])
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        for user in ["", "a\u{1}b", String(repeating: "x", count: 257)] {
            let leg = try link.attach(user, epoch: 1)
            let answer = try link.next(of: leg)
            #expect(answer.kind == .refused)
            #expect(try answer.read(LinkRefused.self) { $0.status } == 400)
        }
        await nodes.stop()
    }
}
