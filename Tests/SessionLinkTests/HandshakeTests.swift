import Testing

@testable import SessionLink

/// The two ends of a link without a link: what one says is handed to the other, or to somebody in between.
@Suite("Opening a link")
struct HandshakeTests {
    static let right = [UInt8](repeating: 0x72, count: 32)
    static let wrong = [UInt8](repeating: 0x77, count: 32)

    static func secrets(_ all: [UInt8]...) throws -> LinkSecrets { try #require(LinkSecrets(all)) }

    static func hello(loop: UInt16 = 0, role: LinkHello.Role = .gateway) -> LinkHello {
        LinkHello(role: role, service: "chat", sender: "g", target: "n", targetLoop: loop, epoch: 5)
    }

    static func node(_ secrets: LinkSecrets, loop: Int = 0) -> NodeHandshake {
        NodeHandshake(secrets: secrets, loop: loop, loops: 2)
    }

    static let welcome = LinkWelcome(node: "n", incarnation: 1, loops: 2, epoch: 5)

    // MARK: What goes well

    @Test func `Both ends prove themselves, and the node knows exactly what the caller said`() throws {
        let secrets = try Self.secrets(Self.right)
        var caller = CallerHandshake(Self.hello(role: .node), secrets: secrets)
        var node = Self.node(secrets)
        #expect(node.awaited == .hello)
        guard case .challenge(let challenge) = try node.take(caller.hello.frame()),
            case .send(let proof) = try caller.take(challenge.frame())
        else {
            Issue.record("no challenge, or no proof")
            return
        }
        #expect(node.awaited == .proof)
        #expect(try node.take(proof.frame()) == .proven(caller.hello))
        #expect(caller.hello.role == .node && caller.hello.asksForProof)
        #expect(try caller.take(LinkHelloAnswer.accepted(Self.welcome).frame()) == .open(Self.welcome))
    }

    @Test func `Without secrets on both ends nothing is asked`() throws {
        var caller = CallerHandshake(Self.hello(), secrets: .none)
        var node = Self.node(.none)
        #expect(try node.take(caller.hello.frame()) == .proven(caller.hello))
        #expect(try caller.take(LinkHelloAnswer.accepted(Self.welcome).frame()) == .open(Self.welcome))
    }

    @Test func `A new secret comes in by standing second, then first, while each meets each`() throws {
        let (old, new) = (Self.right, Self.wrong)
        let stages = [
            try Self.secrets(old), try Self.secrets(old, new), try Self.secrets(new, old), try Self.secrets(new),
        ]
        for (left, right) in zip(stages, stages.dropFirst()) {
            #expect(try Self.opens(left, right) && Self.opens(right, left))
        }
        #expect(try !Self.opens(stages[0], stages[3]) && !Self.opens(stages[0], stages[2]))
    }

    private static func opens(_ callers: LinkSecrets, _ nodes: LinkSecrets) throws -> Bool {
        var caller = CallerHandshake(hello(), secrets: callers)
        var node = node(nodes)
        guard case .challenge(let challenge) = try node.take(caller.hello.frame()),
            case .send(let proof) = try caller.take(challenge.frame())
        else { return false }
        return try node.take(proof.frame()) == .proven(caller.hello)
    }

    @Test func `A hello for another loop changes nothing, and is challenged there`() throws {
        let secrets = try Self.secrets(Self.right)
        let caller = CallerHandshake(Self.hello(loop: 1), secrets: secrets)
        var first = Self.node(secrets)
        #expect(try first.take(caller.hello.frame()) == .elsewhere(loop: 1))
        #expect(first.awaited == .hello)
        var second = Self.node(secrets, loop: 1)
        guard case .challenge = try second.take(caller.hello.frame()) else {
            Issue.record("no challenge on the loop that was meant")
            return
        }
    }

    // MARK: What must not

    @Test func `One changed bit anywhere is refused`() throws {
        let secrets = try Self.secrets(Self.right)
        let frames = try exchange(secrets)
        // The hello on its way to the node: the caller finds the node's proof to be about something else, or the node
        // finds no sense in it.
        for bit in 0..<(8 * (frames.hello.count - LinkHeader.count)) {
            var node = NodeHandshake(secrets: secrets, loop: 0, loops: .max)
            var caller = frames.caller
            let changed = flipped(frames.hello, bit)
            guard let step = try? node.take(changed) else { continue }
            switch step {
            case .challenge(let challenge):
                guard case .distrusted = try caller.take(challenge.frame()) else {
                    Issue.record("bit \(bit) of the hello")
                    continue
                }
            case .refuse, .elsewhere: break
            case .proven: Issue.record("bit \(bit) of the hello")
            }
        }
        for bit in 0..<(8 * LinkChallenge.count) {
            var caller = frames.caller
            guard case .distrusted = try caller.take(flipped(frames.challenge, bit)) else {
                Issue.record("bit \(bit) of the challenge")
                continue
            }
        }
        for bit in 0..<(8 * LinkProof.count) {
            var node = frames.node
            guard case .refuse(.unauthorized, _) = try node.take(flipped(frames.proof, bit)) else {
                Issue.record("bit \(bit) of the proof")
                continue
            }
        }
    }

    @Test func `A proof that is sent back to its maker is worth nothing`() throws {
        let secrets = try Self.secrets(Self.right)
        // Somebody without the secret answers a caller with what a real node said to the same hello, and the node with the
        // node's own proof.
        let frames = try exchange(secrets)
        var node = frames.node
        let mirrored = try frames.challenge.link(LinkChallenge.self).proof
        guard case .refuse(.unauthorized, _) = try node.take(LinkCallerProof(mirrored).frame()) else {
            Issue.record("the node took its own proof")
            return
        }
        // The other way: a caller's own proof as a node's, under a nonce of the stranger's choice.
        var caller = CallerHandshake(frames.caller.hello, secrets: secrets)
        let proof = try frames.proof.link(LinkCallerProof.self).proof
        let nonce = try frames.challenge.link(LinkChallenge.self).nonce
        guard case .distrusted = try caller.take(LinkChallenge(nonce: nonce, proof: proof).frame()) else {
            Issue.record("the caller took its own proof")
            return
        }
    }

    @Test func `What was heard on one link opens no other`() throws {
        let secrets = try Self.secrets(Self.right)
        let heard = try exchange(secrets)
        // To a node: the same hello and proof again meet another nonce.
        var node = Self.node(secrets)
        guard case .challenge = try node.take(heard.hello), case .refuse(.unauthorized, _) = try node.take(heard.proof)
        else {
            Issue.record("the node took a replayed proof")
            return
        }
        // To a caller: the same challenge again meets another nonce.
        var caller = CallerHandshake(Self.hello(), secrets: secrets)
        guard case .distrusted = try caller.take(heard.challenge) else {
            Issue.record("the caller took a replayed challenge")
            return
        }
    }

    @Test func `Another secret is refused by both ends`() throws {
        var caller = CallerHandshake(Self.hello(), secrets: try Self.secrets(Self.wrong))
        var node = Self.node(try Self.secrets(Self.right))
        guard case .challenge(let challenge) = try node.take(caller.hello.frame()) else {
            Issue.record("no challenge")
            return
        }
        guard case .distrusted = try caller.take(challenge.frame()) else {
            Issue.record("the caller trusts another secret")
            return
        }
        let forged = LinkProof(
            .caller, secret: Self.wrong, caller: caller.hello.nonce, node: challenge.nonce,
            hello: caller.hello.payload)
        guard case .refuse(.unauthorized, _) = try node.take(LinkCallerProof(forged).frame()) else {
            Issue.record("the node trusts another secret")
            return
        }
    }

    @Test func `Who has a secret refuses who has none, both ways`() throws {
        let secrets = try Self.secrets(Self.right)
        // A node with, a caller without.
        var open = CallerHandshake(Self.hello(), secrets: .none)
        var strict = Self.node(secrets)
        guard case .refuse(.unauthorized, _) = try strict.take(open.hello.frame()) else {
            Issue.record("the node takes a caller that asks for no proof")
            return
        }
        guard case .distrusted = try open.take(LinkChallenge(nonce: .random(), proof: try proof(secrets)).frame())
        else {
            Issue.record("a caller without a secret answers a challenge")
            return
        }
        // A caller with, a node without.
        var caller = CallerHandshake(Self.hello(), secrets: secrets)
        var node = Self.node(.none)
        guard case .refuse(.unauthorized, _) = try node.take(caller.hello.frame()) else {
            Issue.record("a node without a secret takes a caller that wants one")
            return
        }
        guard case .distrusted = try caller.take(LinkHelloAnswer.accepted(Self.welcome).frame()) else {
            Issue.record("a caller takes a node that proves nothing")
            return
        }
    }

    @Test func `Versions 1 and 2 are refused in words, and so is any other`() throws {
        // As version 1 wrote it: without nonce, and without asking for a proof.
        let payload: [UInt8] =
            [1, 0, 1, 4, 0] + Array("chat".utf8) + [1, 0, 0x67, 1, 0, 0x6e, 0, 0] + Array(repeating: 0, count: 8)
        let old = [UInt8(payload.count), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0] + payload
        for secrets in [LinkSecrets.none, try Self.secrets(Self.right)] {
            var node = Self.node(secrets)
            #expect(try node.take(old) == .refuse(.version, "this node speaks version 3 of links, not 1"))
            for version in [2, 4, .max] as [UInt16] {
                var other = Self.node(secrets)
                let hello = LinkHello(
                    version: version, role: .gateway, service: "chat", sender: "g", target: "n", targetLoop: 0,
                    epoch: 0)
                #expect(
                    try other.take(hello.frame())
                        == .refuse(.version, "this node speaks version 3 of links, not \(version)"))
            }
        }
    }

    @Test func `Nothing but the frame that is due is taken`() throws {
        let secrets = try Self.secrets(Self.right)
        let frames = try exchange(secrets)
        for frame in [LinkPing(stamp: 1).frame(), LinkAttached().frame(), LinkRingHint(epoch: 9).frame()] {
            var caller = frames.caller
            #expect(throws: LinkError.self) { try caller.take(frame) }
        }
        // A second challenge, and an answer before the proof was asked for.
        var caller = frames.caller
        _ = try caller.take(frames.challenge)
        guard case .distrusted = try caller.take(frames.challenge) else {
            Issue.record("two challenges")
            return
        }
        var node = frames.node
        _ = try node.take(frames.proof)
        #expect(throws: LinkError.self) { try node.take(frames.proof) }
        // To be sent away needs no proof.
        var refused = frames.caller
        #expect(
            try refused.take(LinkHelloAnswer.refused(.shuttingDown, message: "x").frame())
                == .refused(.shuttingDown, message: "x"))
    }

    // MARK: Tools

    private struct Exchange {
        let hello: [UInt8]
        let challenge: [UInt8]
        let proof: [UInt8]
        /// Before the challenge, and before the proof.
        let caller: CallerHandshake
        let node: NodeHandshake
    }

    private func exchange(_ secrets: LinkSecrets) throws -> Exchange {
        var caller = CallerHandshake(Self.hello(), secrets: secrets)
        let before = caller
        var node = Self.node(secrets)
        guard case .challenge(let challenge) = try node.take(caller.hello.frame()),
            case .send(let proof) = try caller.take(challenge.frame())
        else { throw LinkError.unexpectedKind(expected: .challenge, got: .hello) }
        return Exchange(
            hello: caller.hello.frame(), challenge: challenge.frame(), proof: proof.frame(), caller: before, node: node)
    }

    private func proof(_ secrets: LinkSecrets) throws -> LinkProof {
        secrets.sign(.node, caller: .random(), node: .random(), hello: [])
    }

    private func flipped(_ frame: [UInt8], _ bit: Int) -> [UInt8] {
        var frame = frame
        frame[LinkHeader.count + bit / 8] ^= 1 << (bit % 8)
        return frame
    }
}
