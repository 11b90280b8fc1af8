import ClusterModel
import HashRing
import SessionLink
import Testing

@testable import SessionNode

/// Large messages on legs, and what a gateway that breaks the rules brings about: the end of that session and of nothing else.
@Suite(.serialized) struct LegMessagesTests {
    private let full = [UInt8](repeating: 120, count: LinkChunk.size)

    private func withEcho(_ body: (TestNodes, TestLink) throws -> Void) async throws {
        let nodes = try await TestNodes(["a"], application: { Echo() })
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        let result = Result { try body(nodes, link) }
        await nodes.stop()
        try result.get()
    }

    private func attach(_ link: TestLink, _ user: String) throws -> LegID {
        let leg = try link.attach(user, epoch: 1)
        #expect(try link.next(of: leg).kind == .attached)
        return leg
    }

    /// Sends a message within the leg's credit and puts the answer together, giving credit for it.
    private func exchange(
        _ kind: LinkKind, _ message: [UInt8], on leg: LegID, _ link: TestLink, credit: inout SendCredit
    ) throws -> [UInt8] {
        try link.large(kind, message, on: leg, credit: &credit)
        var answer: [UInt8] = []
        while true {
            let frame = try link.next(of: leg)
            if frame.kind == .credit {
                _ = credit.received(try frame.read(LinkCredit.self) { $0.bytes })
                continue
            }
            #expect(frame.kind == kind && frame.payload.count <= LinkChunk.size)
            answer += frame.payload
            link.write(LinkCredit(bytes: UInt32(Credit.cost(payloadCount: frame.payload.count))).frame(leg: leg))
            if !frame.hasMore { return answer }
        }
    }

    private func code(of leg: LegID, _ link: TestLink) throws -> UInt16 {
        while true {
            let frame = try link.next(of: leg)
            if frame.kind == .close { return try frame.read(LinkClose.self) { $0.code } }
            #expect(frame.kind == .credit, "nothing of a broken message comes back, but \(frame.kind) did")
        }
    }

    private func lives(_ leg: LegID, _ link: TestLink) throws {
        link.say("still here", on: leg)
        #expect(try link.next(of: leg).text == "still here")
    }

    @Test func `messages around every bound are echoed byte for byte, as far as credit goes and then as it comes`()
        async throws
    {
        try await withEcho { _, link in
            let leg = try attach(link, "alice")
            var credit = SendCredit()
            let size = LinkChunk.size
            for count in [0, 1, size - 1, size, size + 1, 4 * size, 4 * size + 1, Int(Credit.window), 1 << 20] {
                let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
                #expect(try exchange(.binary, message, on: leg, link, credit: &credit) == message, "\(count) bytes")
            }
            let text = Array(String(repeating: "zwölf €uro 𝄞 ", count: 30_000).utf8)
            #expect(try exchange(.text, text, on: leg, link, credit: &credit) == text)
        }
    }

    @Test func `a leg in the middle of a message holds up no other`() async throws {
        try await withEcho { _, link in
            let large = try attach(link, "alice")
            let small = try attach(link, "bob")
            for _ in 0..<3 {
                link.chunk(.binary, full, hasMore: true, on: large)
                try lives(small, link)
            }
            link.chunk(.binary, [1], hasMore: false, on: large)
            var count = 0
            while count < 3 * full.count + 1 {
                let frame = try link.next(of: large)
                if frame.kind == .binary { count += frame.payload.count }
            }
        }
    }

    @Test(arguments: [[0xff], [0x61, 0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf0, 0x9d, 0x84]] as [[UInt8]])
    func `text that is not UTF-8 ends its session with 1007 and nobody else's`(bytes: [UInt8]) async throws {
        try await withEcho { _, link in
            let broken = try attach(link, "alice")
            let neighbour = try attach(link, "bob")
            link.message(.binary, bytes, on: broken)
            #expect(try link.next(of: broken).payload == bytes, "as binary they may pass")
            link.message(.text, bytes, on: broken)
            #expect(try code(of: broken, link) == CloseCode.invalidText.rawValue)
            try lives(neighbour, link)
        }
    }

    @Test func `text that breaks between or inside chunks is found at its first wrong byte`() async throws {
        try await withEcho { _, link in
            let neighbour = try attach(link, "bob")
            let cut = Array(full.dropLast()) + [0xe2]
            for (number, next) in ([[0x82], [0x41], [0x82, 0xff]] as [[UInt8]]).enumerated() {
                let leg = try attach(link, "alice-\(number)")
                link.chunk(.text, cut, hasMore: true, on: leg)
                // The first of these is no mistake yet; it is one that the message ends there.
                link.chunk(.text, next, hasMore: false, on: leg)
                #expect(try code(of: leg, link) == CloseCode.invalidText.rawValue)
            }
            let early = try attach(link, "carol")
            link.chunk(.text, [0xff] + full.dropFirst(), hasMore: true, on: early)
            #expect(try code(of: early, link) == CloseCode.invalidText.rawValue, "without waiting for the last chunk")
            try lives(neighbour, link)
        }
    }

    @Test func `chunks that do not fit together end their session with 1011`() async throws {
        try await withEcho { _, link in
            let neighbour = try attach(link, "bob")
            let kinds = try attach(link, "kinds")
            link.chunk(.text, full, hasMore: true, on: kinds)
            link.chunk(.binary, [1], hasMore: false, on: kinds)
            #expect(try code(of: kinds, link) == CloseCode.internalError.rawValue)
            for (number, count) in [0, 1, LinkChunk.size - 1].enumerated() {
                let leg = try attach(link, "short-\(number)")
                link.chunk(.binary, Array(full[..<count]), hasMore: true, on: leg)
                #expect(try code(of: leg, link) == CloseCode.internalError.rawValue)
            }
            try lives(neighbour, link)
        }
    }

    @Test func `chunks without end are 1009 at the limit, and what was kept of them is let go`() async throws {
        try await withEcho { nodes, link in
            let endless = try attach(link, "alice")
            let neighbour = try attach(link, "bob")
            var credit = SendCredit()
            var sent = 0
            var code: UInt16?
            while code == nil {
                while credit.maySend {
                    link.chunk(.binary, full, hasMore: true, on: endless)
                    credit.sent(payloadCount: full.count)
                    sent += full.count
                }
                let frame = try link.next(of: endless)
                switch frame.kind {
                case .credit: _ = credit.received(try frame.read(LinkCredit.self) { $0.bytes })
                case .close: code = try frame.read(LinkClose.self) { $0.code }
                default: Issue.record("unexpected \(frame.kind)")
                }
            }
            #expect(code == CloseCode.messageTooBig.rawValue)
            #expect(sent <= (1 << 20) + Int(Credit.window) + full.count)
            // What was under way of it finds no leg any more.
            link.chunk(.binary, full, hasMore: true, on: endless)
            try lives(neighbour, link)
        }
    }

    @Test func `a session that ends inside a message leaves nothing of it, nor does its link`() async throws {
        let nodes = try await TestNodes(["a"], application: { Echo() })
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        var link: TestLink? = try nodes.link(to: "a", for: "alice", in: ring)
        for user in ["alice", "bob"] {
            guard let link else { continue }
            let leg = try attach(link, user)
            link.chunk(.text, full, hasMore: true, on: leg)
            if user == "alice" { link.write(LinkClose(code: 1001).frame(leg: leg)) }
        }
        #expect(try await soon { await nodes["a"].fleet.numbers().reduce(0) { $0 + $1.incomplete } == 1 })
        #expect(await nodes["a"].fleet.sessions() == 1)
        link = nil
        #expect(try await soon { await nodes["a"].fleet.numbers().reduce(0) { $0 + $1.incomplete } == 0 })
        await nodes.stop()
    }

    @Test func `broken rules are counted by their code`() async throws {
        let nodes = try await TestNodes(["a"], application: { Echo() })
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        let link = try nodes.link(to: "a", for: "alice", in: ring)
        for user in ["alice", "bob"] {
            let leg = try attach(link, user)
            link.message(.text, [0xff], on: leg)
            #expect(try code(of: leg, link) == CloseCode.invalidText.rawValue)
        }
        #expect(await nodes["a"].fleet.numbers().map(\.violations) == [[.invalidText: 2]])
        await nodes.stop()
    }
}
