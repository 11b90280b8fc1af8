/// The node's part of opening a link, as a value: frames in, what to do out.
///
/// ```
/// waiting for hello ──named another loop──▶ elsewhere: the socket moves there, and all begins again
///   │ hello                  │ no secret here: proven at once (development, loopback)
///   ▼ challenge              ▼
/// waiting for proof ──fits──▶ proven ──▶ the caller of this checks whom the hello is for, and answers
///   └── anything else ──▶ refused, the link ends
/// ```
/// Whom the hello is for is looked at only behind the proof: who cannot prove anything learns nothing.
public struct NodeHandshake: Sendable {
    /// What to do after a frame.
    public enum Step: Sendable, Hashable {
        /// The link is for that loop of this node. Nothing was taken: the hello is read again over there.
        case elsewhere(loop: Int)
        /// Send this; the caller has to prove itself.
        case challenge(LinkChallenge)
        /// The caller is one of ours, and this is what it said.
        case proven(LinkHello)
        /// Say so and end the link.
        case refuse(LinkHelloAnswer.Refusal, String)
    }

    private enum State: Sendable {
        case waiting
        case challenged(LinkHello, payload: [UInt8])
        case over
    }

    private let secrets: LinkSecrets
    private let nonce: LinkNonce
    private let loop: Int
    private let loops: Int
    private var state = State.waiting

    /// A handshake on loop `loop` of `loops`. The nonce is for this link alone.
    public init(secrets: LinkSecrets, loop: Int, loops: Int, nonce: LinkNonce = .random()) {
        self.secrets = secrets
        self.loop = loop
        self.loops = loops
        self.nonce = nonce
    }

    /// The one kind of frame that may come next: no other is read, or waited for whole.
    public var awaited: LinkKind {
        switch state {
        case .waiting, .over: .hello
        case .challenged: .proof
        }
    }

    /// Takes the next frame, which is of the awaited kind.
    public mutating func take(_ frame: LinkFrame) throws(LinkError) -> Step {
        switch state {
        case .waiting:
            do throws(LinkError) {
                return greeted(try LinkHello(frame), payload: Array(frame.payload))
            } catch .unknownVersion(let version) {
                state = .over
                return .refuse(
                    .version, "this node speaks version \(LinkHello.currentVersion) of links, not \(version)")
            }
        case .challenged(let hello, let payload):
            let proof = try LinkCallerProof(frame).proof
            state = .over
            guard secrets.verify(proof, .caller, caller: hello.nonce, node: nonce, hello: payload) else {
                return .refuse(.unauthorized, "the proof is made with no link secret of this node")
            }
            return .proven(hello)
        case .over: throw .unexpectedKind(expected: .ping, got: frame.kind)
        }
    }

    private mutating func greeted(_ hello: LinkHello, payload: [UInt8]) -> Step {
        if Int(hello.targetLoop) != loop, Int(hello.targetLoop) < loops {
            return .elsewhere(loop: Int(hello.targetLoop))
        }
        switch (secrets.isEmpty, hello.asksForProof) {
        case (true, false):
            state = .over
            return .proven(hello)
        case (true, true):
            state = .over
            return .refuse(.unauthorized, "this node has no link secret to prove itself with (--link-secret-file)")
        case (false, false):
            state = .over
            return .refuse(.unauthorized, "this node takes only links that prove the link secret (--link-secret-file)")
        case (false, true):
            state = .challenged(hello, payload: payload)
            let proof = secrets.sign(.node, caller: hello.nonce, node: nonce, hello: payload)
            return .challenge(LinkChallenge(nonce: nonce, proof: proof))
        }
    }
}
