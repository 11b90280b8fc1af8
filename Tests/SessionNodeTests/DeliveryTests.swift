import ClusterModel
import Edge
import HashRing
import SessionLink
import Testing
import WebSocketWire

@testable import SessionNode

@Suite(.serialized) struct DeliveryTests {
    private func result(_ frame: TestLink.Frame, _ id: String) -> String? {
        let start = #"{"type":"result","id":"\#(id)","status":""#
        guard frame.text.hasPrefix(start) else { return nil }
        return String(frame.text.dropFirst(start.count).prefix { $0 != "\"" })
    }

    /// A user of the node whose session lies on the loop.
    private func user(of node: String, loop: Int, _ nodes: TestNodes, _ ring: RingSnapshot, skip: Int = 0) throws
        -> String
    {
        let all = try Rings.users(of: node, in: ring, count: 64).filter { try nodes.loop(of: $0, in: ring) == loop }
        return try #require(all.dropFirst(skip).first)
    }

    @Test(arguments: [("a", 0), ("a", 1), ("b", 0), ("b", 1)])
    func `a message reaches the recipient on this loop, a sibling loop or another node, and the sender is told`(
        node: String, loop: Int
    ) async throws {
        let nodes = try await TestNodes(["a", "b"], loops: 2)
        let ring = try nodes.ring(1, ["a", "b"])
        try await nodes.adopt(ring)
        let sender = try user(of: "a", loop: 0, nodes, ring)
        let recipient = try user(of: node, loop: loop, nodes, ring, skip: 1)
        let from = try nodes.link(to: "a", for: sender, in: ring)
        let to = try nodes.link(to: node, for: recipient, in: ring)
        let fromLeg = try from.open(sender, epoch: 1)
        let toLegs = [try to.open(recipient, epoch: 1), try to.open(recipient, epoch: 1)]
        from.send("x", to: recipient, #"{"n": 1.0}"#, on: fromLeg)
        for leg in toLegs {
            #expect(try to.next(of: leg).text == #"{"type":"message","from":"\#(sender)","data":{"n": 1.0}}"#)
        }
        #expect(result(try from.next(of: fromLeg), "x") == "delivered")
        let nobody = try user(of: node, loop: loop, nodes, ring, skip: 2)
        from.send("y", to: nobody, "1", on: fromLeg)
        #expect(result(try from.next(of: fromLeg), "y") == "offline")
        await nodes.stop()
    }

    @Test func `data of more than a mebibyte is rejected with a reason, wherever the recipient is`() async throws {
        var limits = EdgeLimits()
        limits.message = MessageLimits(maxMessageBytes: 4 << 20)
        limits.queueBytes = 5 << 20
        let nodes = try await TestNodes(["a", "b"], loops: 2, limits: limits)
        let ring = try nodes.ring(1, ["a", "b"])
        try await nodes.adopt(ring)
        let sender = try user(of: "a", loop: 0, nodes, ring)
        let from = try nodes.link(to: "a", for: sender, in: ring)
        let leg = try from.open(sender, epoch: 1)
        var credit = SendCredit()
        for (number, place) in [("a", 0), ("a", 1), ("b", 0)].enumerated() {
            let recipient = try user(of: place.0, loop: place.1, nodes, ring, skip: 1)
            let to = try nodes.link(to: place.0, for: recipient, in: ring)
            let toLeg = try to.open(recipient, epoch: 1)
            func send(_ id: String, _ count: Int) throws -> String {
                let data = "\"" + String(repeating: "x", count: count - 2) + "\""
                let text = #"{"type":"send","id":"\#(id)","to":"\#(recipient)","data":\#(data)}"#
                try from.large(.text, Array(text.utf8), on: leg, credit: &credit)
                while true {
                    let frame = try from.next(of: leg)
                    if frame.kind == .text { return frame.text }
                    _ = credit.received(try frame.read(LinkCredit.self) { $0.bytes })
                }
            }
            let refused = try send("over-\(number)", 1 << 20 + 1)
            #expect(refused.contains("rejected") && refused.contains("larger than 1 MiB"), "\(place): \(refused)")
            #expect(try send("most-\(number)", 1 << 20).contains("delivered"), "\(place)")
            var got = 0
            var more = true
            while more {
                let frame = try to.next(of: toLeg)
                got += frame.payload.count
                more = frame.hasMore
                to.write(LinkCredit(bytes: UInt32(Credit.cost(payloadCount: frame.payload.count))).frame(leg: toLeg))
            }
            #expect(got > 1 << 20)
        }
        await nodes.stop()
    }

    @Test func `many messages to another node arrive in order, and each has its result`() async throws {
        let nodes = try await TestNodes(["a", "b"], loops: 2)
        let ring = try nodes.ring(1, ["a", "b"])
        try await nodes.adopt(ring)
        let sender = try user(of: "a", loop: 0, nodes, ring)
        let recipient = try user(of: "b", loop: 1, nodes, ring)
        let from = try nodes.link(to: "a", for: sender, in: ring)
        let to = try nodes.link(to: "b", for: recipient, in: ring)
        let fromLeg = try from.open(sender, epoch: 1)
        let toLeg = try to.open(recipient, epoch: 1)
        for number in 0..<500 { from.send("m\(number)", to: recipient, "\(number)", on: fromLeg) }
        for number in 0..<500 { #expect(try to.next(of: toLeg).text.hasSuffix("\"data\":\(number)}")) }
        for number in 0..<500 { #expect(result(try from.next(of: fromLeg), "m\(number)") == "delivered") }
        await nodes.stop()
    }

    @Test func `a moved user is reached at the old node until the close, and at the new one after it`() async throws {
        let nodes = try await TestNodes(["a", "b", "c"])
        let old = try nodes.ring(1, ["a", "b"])
        let new = try nodes.ring(2, ["a", "b", "c"], closeOver: .seconds(600))
        try await nodes.adopt(old)
        let all = try Rings.users(of: "b", in: old, count: 600)
        // Many more move than are looked at: twenty a second go, so that some of these are still where they were.
        let moved = try all.filter { new.owner(of: try UserKey($0))?.id.text == "c" }
        let sender = try user(of: "a", loop: 0, nodes, new)
        let from = try nodes.link(to: "a", for: sender, in: old)
        let fromLeg = try from.open(sender, epoch: 1)
        let before = try nodes.link(to: "b", for: moved[0], in: old)
        let legs = try moved.map { try before.open($0, epoch: 1) }
        try await nodes.adopt(new)
        // The pace is never below twenty a second, so some go now; those who stay must be reachable.
        var delivered = 0
        for (user, leg) in zip(moved, legs).suffix(20) {
            from.send("x", to: user, "1", on: fromLeg)
            let outcome = result(try from.next(of: fromLeg), "x")
            let frame = try before.next(of: leg)
            #expect(outcome == (frame.kind == .text ? "delivered" : "offline"))
            if outcome == "delivered" { delivered += 1 }
        }
        #expect(delivered > 0)
        let after = try nodes.link(to: "c", for: moved[0], in: new)
        let leg = try after.open(moved[0], epoch: 2)
        from.send("y", to: moved[0], "2", on: fromLeg)
        #expect(try after.next(of: leg).text.hasSuffix("\"data\":2}"))
        #expect(result(try from.next(of: fromLeg), "y") == "delivered")
        await nodes.stop()
    }

    @Test func `a message whose node hears it and is gone without an answer is unknown at once`() async throws {
        let nodes = try await TestNodes(["a"])
        let port = try TestPort()
        let ring = try Rings.snapshot(
            1, ["a", "b"], addresses: ["a": nodes["a"].link.description, "b": port.address])
        try await nodes.adopt(ring)
        let sender = try user(of: "a", loop: 0, nodes, ring)
        let recipient = try user(of: "b", loop: 0, nodes, ring)
        let from = try nodes.link(to: "a", for: sender, in: ring)
        let leg = try from.open(sender, epoch: 1)
        let start = ContinuousClock.now
        from.send("1", to: recipient, #"{"n":1}"#, on: leg)
        var node: TestLink? = try port.accept(as: "b")
        let forward = try #require(try node?.next())
        #expect(forward.kind == .forward)
        #expect(try forward.read(LinkForward.self) { Array($0.data) } == Array(#"{"n":1}"#.utf8))
        node = nil
        #expect(result(try from.next(of: leg), "1") == "unknown")
        #expect(ContinuousClock.now - start < .seconds(5), "the loss is noticed, not waited out")
        await nodes.stop()
    }

    @Test func `a message to a node that never answers is unknown after five seconds`() async throws {
        let nodes = try await TestNodes(["a"])
        let port = try TestPort()
        let ring = try Rings.snapshot(
            1, ["a", "b"], addresses: ["a": nodes["a"].link.description, "b": port.address])
        try await nodes.adopt(ring)
        let sender = try user(of: "a", loop: 0, nodes, ring)
        let recipient = try user(of: "b", loop: 0, nodes, ring)
        let from = try nodes.link(to: "a", for: sender, in: ring)
        let leg = try from.open(sender, epoch: 1)
        let start = ContinuousClock.now
        from.send("1", to: recipient, "1", on: leg)
        let node = try port.accept(as: "b")
        #expect(try node.next().kind == .forward)
        #expect(result(try from.next(of: leg), "1") == "unknown")
        #expect((.seconds(5)...(.seconds(15))).contains(ContinuousClock.now - start))
        await nodes.stop()
    }

    @Test func `a message to a node that nobody listens for is rejected, and the sender's own node goes on`()
        async throws
    {
        let nodes = try await TestNodes(["a"])
        let ring = try Rings.snapshot(1, ["a", "b"], addresses: ["a": nodes["a"].link.description])
        try await nodes.adopt(ring)
        let sender = try user(of: "a", loop: 0, nodes, ring)
        let recipient = try user(of: "b", loop: 0, nodes, ring)
        let from = try nodes.link(to: "a", for: sender, in: ring)
        let leg = try from.open(sender, epoch: 1)
        for number in 0..<3 {
            from.send("\(number)", to: recipient, "1", on: leg)
            #expect(result(try from.next(of: leg), "\(number)") == "rejected")
        }
        from.send("x", to: sender, "1", on: leg)
        #expect(try from.next(of: leg).text.contains("message"))
        await nodes.stop()
    }

    @Test func `a ring that names nobody leaves nobody here`() async throws {
        let nodes = try await TestNodes(["a"])
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let leg = try link.open("alice", epoch: 1)
        try await nodes.adopt(try nodes.ring(2, [], draining: ["a"], closeOver: .seconds(600)))
        // One of one goes at once: the ring leaves nobody here, and the first close has no reason to wait.
        let end = try link.next(of: leg)
        #expect(end.kind == .close)
        #expect(try end.read(LinkClose.self) { $0.code } == CloseCode.moved.rawValue)
        await nodes.stop()
    }
}
