/// The part of whoever opens a link, as a value: frames in, what to do out. Nothing but the hello and the proof may be
/// sent before it says `open`.
///
/// ```
/// hello is out ──▶ challenge, its proof fits ──▶ our proof is out ──▶ open
///   │ no secret here ─────────────────────────────────────────────────▲
///   └── an answer without proof, a proof that does not fit ──▶ distrusted, the link ends
/// ```
public struct CallerHandshake: Sendable {
    /// What to do after a frame.
    public enum Step: Sendable, Hashable {
        /// Send this.
        case send(LinkCallerProof)
        /// The link is open; what the node said of itself.
        case open(LinkWelcome)
        /// The node does not want the link.
        case refused(LinkHelloAnswer.Refusal, message: String)
        /// Whoever answers there is none of ours, or we are none of theirs: end the link.
        case distrusted(String)
    }

    private enum State: Sendable {
        case challengeExpected
        case answerExpected
        case over
    }

    /// What is sent first.
    public let hello: LinkHello
    private let secrets: LinkSecrets
    private var state: State

    /// A handshake that opens with `hello`; whether it asks for a proof follows from there being secrets.
    public init(_ hello: LinkHello, secrets: LinkSecrets) {
        self.hello = hello.asking(forProof: !secrets.isEmpty)
        self.secrets = secrets
        state = secrets.isEmpty ? .answerExpected : .challengeExpected
    }

    /// Takes the next frame. Once it said `open`, frames are no longer its business.
    public mutating func take(_ frame: LinkFrame) throws(LinkError) -> Step {
        switch (frame.kind, state) {
        case (.challenge, .challengeExpected): return try challenged(try LinkChallenge(frame))
        case (.challenge, .answerExpected):
            state = .over
            return .distrusted(
                secrets.isEmpty
                    ? "the node asks for a proof of the link secret, and there is none here (--link-secret-file)"
                    : "the node asks twice for a proof")
        case (.helloAnswer, .challengeExpected), (.helloAnswer, .answerExpected):
            let isProven = state == .answerExpected
            state = .over
            switch try LinkHelloAnswer(frame) {
            // To be sent away needs no proof: the link ends either way.
            case .refused(let refusal, let message): return .refused(refusal, message: message)
            case .accepted(let welcome):
                return isProven ? .open(welcome) : .distrusted("the node does not prove that it knows the link secret")
            }
        case (_, _): throw .unexpectedKind(expected: .helloAnswer, got: frame.kind)
        }
    }

    private mutating func challenged(_ challenge: LinkChallenge) throws(LinkError) -> Step {
        let payload = hello.payload
        guard
            secrets.verify(challenge.proof, .node, caller: hello.nonce, node: challenge.nonce, hello: payload)
        else {
            state = .over
            return .distrusted("the node's proof is made with no link secret of ours")
        }
        state = .answerExpected
        return .send(
            LinkCallerProof(secrets.sign(.caller, caller: hello.nonce, node: challenge.nonce, hello: payload)))
    }
}
