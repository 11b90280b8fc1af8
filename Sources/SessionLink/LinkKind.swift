/// What a frame on a link is. The numbers are on the wire; a new kind gets a new number and a new link version.
public enum LinkKind: UInt8, Sendable, Hashable, CaseIterable {
    /// The first frame of whoever opened the link.
    case hello = 1
    /// The answer to it.
    case helloAnswer = 2
    /// Give a session to its owner: opens a leg.
    case attach = 3
    /// The owner took the session.
    case attached = 4
    /// I am not the owner; here is my epoch. Ends the leg.
    case moved = 5
    /// The session is not taken at all. Ends the leg.
    case refused = 6
    /// A text message of a leg, or a chunk of one.
    case text = 7
    /// A binary message of a leg, or a chunk of one.
    case binary = 8
    /// More bytes may be sent on a leg.
    case credit = 9
    /// The session ends, with a close code. Ends the leg.
    case close = 10
    /// Are you there? For the whole link.
    case ping = 11
    /// The answer to a ping.
    case pong = 12
    /// A message for a user, node to node.
    case forward = 13
    /// What became of a forward.
    case forwardResult = 14
    /// I know this epoch; if yours is lower, read the ring.
    case ringHint = 15
    /// The node's proof, and its demand for the caller's.
    case challenge = 16
    /// The caller's proof.
    case proof = 17

    /// The most payload a frame of this kind may announce; more is an error at once, before anything is kept for it.
    public var maxPayloadCount: Int {
        switch self {
        case .text, .binary: LinkChunk.size
        case .forward: LinkHeader.maxPayloadCount
        case .attach: 64 * 1024
        case .challenge: LinkChallenge.count
        case .proof: LinkProof.count
        case .hello, .helloAnswer, .attached, .moved, .refused, .credit, .close, .ping, .pong, .forwardResult,
            .ringHint:
            4 * 1024
        }
    }
}
