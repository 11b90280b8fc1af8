import ClusterModel
import HashRing
import Reactor
import SessionLink
import Testing

@testable import SessionNode

@Suite(.serialized) struct LinkTrustTests {
    private static let right = LinkSecrets([[UInt8](repeating: 1, count: 32)]) ?? .none
    private static let wrong = LinkSecrets([[UInt8](repeating: 2, count: 32)]) ?? .none

    /// Opens a link as far as it goes; the hello asks for a proof if there are secrets.
    private static func open(
        _ link: TestLink, to node: String, loop: Int = 0, role: LinkHello.Role = .gateway, _ secrets: LinkSecrets
    ) throws -> CallerHandshake.Step {
        var caller = CallerHandshake(
            LinkHello(
                role: role, service: "chat", sender: "t", target: node, targetLoop: UInt16(loop), epoch: 1),
            secrets: secrets)
        link.write(caller.hello.frame())
        while true {
            let frame = try link.next()
            var bytes = [UInt8](repeating: 0, count: LinkHeader.count + frame.payload.count)
            bytes.withUnsafeMutableBytes {
                LinkHeader(frame.kind, leg: frame.leg, payloadCount: frame.payload.count).write(into: $0)
            }
            bytes.replaceSubrange(LinkHeader.count..., with: frame.payload)
            let step = try bytes.withUnsafeBytes { bytes in
                var offset = 0
                guard let frame = try LinkFrame.next(bytes, offset: &offset) else { throw TestLink.Ended() }
                return try caller.take(frame)
            }
            guard case .send(let proof) = step else { return step }
            link.write(proof.frame())
        }
    }

    @Test func `a link is open on the loop it names once both ends are proven`() async throws {
        let nodes = try await TestNodes(["a"], loops: 3, secrets: Self.right)
        for loop in 0..<3 {
            let step = try Self.open(try TestLink(nodes["a"].link), to: "a", loop: loop, Self.right)
            guard case .open(let welcome) = step else {
                Issue.record("loop \(loop): \(step)")
                continue
            }
            #expect(welcome.node == "a" && welcome.proof == nil)
        }
        await nodes.stop()
    }

    @Test func `only a registry is told what proves the registration`() async throws {
        let nodes = try await TestNodes(["a"], secrets: Self.right)
        for role in LinkHello.Role.allCases {
            guard
                case .open(let welcome) = try Self.open(try TestLink(nodes["a"].link), to: "a", role: role, Self.right)
            else {
                Issue.record("\(role) does not come in")
                continue
            }
            #expect((welcome.proof != nil) == (role == .registry))
        }
        await nodes.stop()
    }

    @Test func `another secret, or none on one side, opens no link`() async throws {
        for (here, there) in [
            (Self.right, Self.wrong), (Self.right, LinkSecrets.none), (LinkSecrets.none, Self.right),
        ] {
            let nodes = try await TestNodes(["a"], secrets: there)
            let link = try TestLink(nodes["a"].link)
            switch try Self.open(link, to: "a", here) {
            case .open, .send: Issue.record("a link was opened")
            case .refused(let refusal, _): #expect(refusal == .unauthorized)
            case .distrusted: break
            }
            await nodes.stop()
        }
    }

    @Test func `who has proven nothing is told nothing of the node, and does nothing to it`() async throws {
        let nodes = try await TestNodes(["a"], secrets: Self.right)
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        // The wrong service and node in the hello, and a stranger's proof: the answer is about the proof alone.
        let stranger = try TestLink(nodes["a"].link)
        stranger.write(
            LinkHello(
                role: .gateway, service: "other", sender: "t", target: "b", targetLoop: 0, epoch: 1, asksForProof: true
            ).frame())
        #expect(try stranger.next().kind == .challenge)
        stranger.write(LinkCallerProof(LinkProof([UInt8](repeating: 7, count: 32)) ?? Self.anyProof).frame())
        let answer = try stranger.next().read(LinkHelloAnswer.self) { $0 }
        guard case .refused(.unauthorized, let message) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(!message.contains("chat") && !message.contains("\"a\""))
        // An attach, a message, a forward in place of the proof end the link.
        for kind in [LinkKind.attach, .text, .forward, .ping, .hello] {
            let link = try TestLink(nodes["a"].link)
            link.write(
                LinkHello(
                    role: .gateway, service: "chat", sender: "t", target: "a", targetLoop: 0, epoch: 1,
                    asksForProof: true
                ).frame())
            #expect(try link.next().kind == .challenge)
            // The header alone is enough: nothing is waited for.
            var header = [UInt8](repeating: 0, count: LinkHeader.count)
            header.withUnsafeMutableBytes {
                LinkHeader(kind, leg: .link, payloadCount: kind.maxPayloadCount).write(into: $0)
            }
            link.write(header)
            #expect(throws: TestLink.Ended.self, "\(kind)") { try link.next() }
        }
        #expect(await nodes["a"].fleet.sessions() == 0)
        await nodes.stop()
    }

    private static var anyProof: LinkProof {
        LinkProof(.caller, secret: [], caller: .random(), node: .random(), hello: [])
    }

    @Test func `an attach behind a hello without proof reaches nobody`() async throws {
        let nodes = try await TestNodes(["a"], secrets: Self.right)
        let ring = try nodes.ring(1, ["a"])
        try await nodes.adopt(ring)
        let link = try TestLink(nodes["a"].link)
        try link.hello(to: "a")
        _ = try? link.attach("alice", epoch: 1)
        #expect(throws: TestLink.Ended.self) { try link.next() }
        #expect(await nodes["a"].fleet.sessions() == 0)
        await nodes.stop()
    }

    @Test func `of too many links that prove nothing the oldest goes, and one of ours still comes in`() async throws {
        let nodes = try await TestNodes(["a"], secrets: Self.right)
        let bound = UnprovenLinks(loops: 1).bound
        var idle: [TestLink] = []
        for _ in 0..<(bound + 8) { idle.append(try TestLink(nodes["a"].link)) }
        for link in idle.prefix(8) { #expect(throws: TestLink.Ended.self) { try link.next() } }
        let ours = try TestLink(nodes["a"].link)
        guard case .open = try Self.open(ours, to: "a", Self.right) else {
            Issue.record("a link of ours does not come in")
            return
        }
        // The newest of them made the oldest go, and is no longer one of them.
        #expect(try await soon { await nodes["a"].fleet.numbers().map(\.links) == [bound] })
        withExtendedLifetime(ours) {}
        await nodes.stop()
    }

    @Test func `the oldest of those that are still there goes first`() {
        var links = UnprovenLinks(loops: 64)
        #expect(links.bound == 16)
        let sockets = (0..<100).map { SocketID(key: UInt64($0)) }
        for socket in sockets[..<16] { #expect(links.add(socket) == nil) }
        links.remove(sockets[0])
        links.remove(sockets[2])
        #expect(links.add(sockets[16]) == nil && links.add(sockets[17]) == nil)
        #expect(links.add(sockets[18]) == sockets[1] && links.add(sockets[19]) == sockets[3])
        for socket in sockets { links.remove(socket) }
        #expect(links.count == 0)
        for round in 0..<1000 {
            #expect(links.add(sockets[round % 100]) == nil)
            links.remove(sockets[round % 100])
        }
    }

    @Test func `a stream of links that prove nothing costs no memory, though all of them are made to go`() {
        var links = UnprovenLinks(loops: 64)
        for number in 0..<10_000 {
            let gone = links.add(SocketID(key: UInt64(number)))
            // Its socket ends after it was made to go.
            if let gone { links.remove(gone) }
            #expect(gone == (number < links.bound ? nil : SocketID(key: UInt64(number - links.bound))))
            #expect(links.count <= links.bound && links.kept <= 4 * links.bound)
        }
    }

    @Test func `messages between nodes wait until the link is proven, and none goes to a stranger`() async throws {
        let nodes = try await TestNodes(["a", "b"], secrets: Self.right)
        let port = try TestPort()
        // The ring says that b stands where a stranger listens.
        let false_ = try Rings.snapshot(
            1, ["a", "b"], addresses: ["a": nodes["a"].link.description, "b": port.address])
        try await nodes.adopt(false_)
        let users = try Rings.users(of: "b", in: false_, count: 1)
        let own = try Rings.users(of: "a", in: false_, count: 1)[0]
        let link = try TestLink(nodes["a"].link)
        guard case .open = try Self.open(link, to: "a", Self.right) else { return }
        let leg = try link.open(own, epoch: 1)
        link.send("1", to: users[0], #""secret""#, on: leg)
        // It accepts the hello without any proof, as a stranger would.
        let stranger = try port.accept(as: "b")
        #expect(throws: TestLink.Ended.self) { try stranger.next() }
        #expect(try link.next(of: leg).text.contains(#""status":"rejected""#))
        // With b where it is, the message arrives.
        let ring = try nodes.ring(2, ["a", "b"])
        try await nodes.adopt(ring)
        let far = try TestLink(nodes["b"].link)
        guard case .open = try Self.open(far, to: "b", Self.right) else { return }
        let farLeg = try far.open(users[0], epoch: 2)
        link.send("2", to: users[0], "1", on: leg)
        #expect(try far.next(of: farLeg).text.contains("message"))
        #expect(try link.next(of: leg).text.contains(#""status":"delivered""#))
        await nodes.stop()
    }
}
