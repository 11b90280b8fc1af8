import ClusterModel
import HashRing
import SessionLink
import Testing

@testable import SessionNode

@Suite(.serialized) struct FlowTests {
    private func echo() async throws -> (nodes: TestNodes, ring: RingSnapshot) {
        let nodes = try await TestNodes(["a"], application: { Echo() })
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        return (nodes, ring)
    }

    private func attach(_ link: TestLink, _ user: String) throws -> LegID {
        let leg = try link.attach(user, epoch: 1)
        #expect(try link.next(of: leg).kind == .attached)
        return leg
    }

    @Test func `echo sends each message back with its kind`() async throws {
        let (nodes, ring) = try await echo()
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let leg = try attach(link, "alice")
        for (kind, payload) in [(LinkKind.text, Array("hello".utf8)), (.binary, [0, 255, 7]), (.text, [])] {
            link.message(kind, payload, on: leg)
            let answer = try link.next(of: leg)
            #expect(answer.kind == kind && answer.payload == payload)
        }
        await nodes.stop()
    }

    @Test func `a leg that gives no credit is held back and then goes on where it stopped, and others notice nothing`()
        async throws
    {
        let (nodes, ring) = try await echo()
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let slow = try attach(link, "alice")
        let lively = try attach(link, "bob")
        let payload = [UInt8](repeating: 7, count: 16 << 10)
        // Half of the answers fit the window, the other half must wait for credit.
        for _ in 0..<30 { link.message(.binary, payload, on: slow) }
        var got = 0
        var used = 0
        while used < Int(Credit.window) {
            let frame = try link.next(of: slow)
            guard frame.kind == .binary else { continue }
            used += Credit.cost(payloadCount: frame.payload.count)
            got += 1
        }
        link.message(.binary, [1], on: lively)
        #expect(try link.next(of: lively).payload == [1])
        #expect(try link.untilQuiet().allSatisfy { $0.kind == .credit }, "no message comes without credit")
        link.write(LinkCredit(bytes: UInt32(used)).frame(leg: slow))
        while got < 30 {
            let frame = try link.next(of: slow)
            if frame.kind == .binary {
                #expect(frame.payload == payload)
                got += 1
            }
        }
        await nodes.stop()
    }

    @Test func `what came in is given back only when the answers have left`() async throws {
        let (nodes, ring) = try await echo()
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let leg = try attach(link, "alice")
        let payload = [UInt8](repeating: 7, count: 32 << 10)
        var given = 0
        func read(_ count: Int) throws {
            var messages = 0
            while messages < count {
                let frame = try link.next(of: leg)
                switch frame.kind {
                case .binary: messages += 1
                case .credit: given += Int(try frame.read(LinkCredit.self) { $0.bytes })
                default: Issue.record("unexpected \(frame.kind)")
                }
            }
        }
        func readCredit(_ count: Int) throws {
            while given < count { given += Int(try link.next(of: leg).read(LinkCredit.self) { $0.bytes }) }
        }
        for _ in 0..<8 { link.message(.binary, payload, on: leg) }
        try read(8)
        try readCredit(8 * payload.count - Int(Credit.giveBackAt))
        for frame in try link.untilQuiet() { given += Int(try frame.read(LinkCredit.self) { $0.bytes }) }
        // The window towards us is used up now: these are taken, but neither answered nor given back.
        for _ in 0..<4 { link.message(.binary, payload, on: leg) }
        #expect(try link.untilQuiet().isEmpty)
        link.write(LinkCredit(bytes: Credit.window).frame(leg: leg))
        try read(4)
        try readCredit(12 * payload.count - Int(Credit.giveBackAt))
        await nodes.stop()
    }

    @Test func `a slow reader whose queue overflows is closed with 4009 and nobody else`() async throws {
        let nodes = try await TestNodes(["a"])
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let slow = try link.open("slow", epoch: 1)
        let sender = try link.open("alice", epoch: 1)
        let other = try link.open("bob", epoch: 1)
        let data = "\"" + String(repeating: "x", count: 60 << 10) + "\""
        // The window, the backlog of 1 MiB, and a little more.
        var delivered = 0
        for number in 0..<30 {
            link.send("\(number)", to: "slow", data, on: sender)
            while true {
                let frame = try link.next(of: sender)
                guard frame.kind == .text else { continue }
                if frame.text.contains("delivered") { delivered += 1 }
                break
            }
        }
        #expect(delivered >= 20 && delivered < 30)
        var code: UInt16 = 0
        while code == 0 {
            let frame = try link.next(of: slow)
            if frame.kind == .close { code = try frame.read(LinkClose.self) { $0.code } }
        }
        #expect(code == CloseCode.slowConsumer.rawValue)
        link.send("x", to: "bob", "1", on: sender)
        #expect(try link.next(of: other).text.contains("message"))
        await nodes.stop()
    }

    @Test func `a gateway that sends without credit is cut off`() async throws {
        let (nodes, ring) = try await echo()
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let leg = try attach(link, "alice")
        let payload = [UInt8](repeating: 7, count: 64 << 10)
        for _ in 0..<16 { link.message(.binary, payload, on: leg) }
        #expect(throws: TestLink.Ended.self) { while true { _ = try link.next() } }
        await nodes.stop()
    }
}
