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
    /// Give a session, with all that is known of it, to its owner: opens a leg.
    case adopt = 18
    /// A message that is kept until the client acknowledges it, or a chunk of one.
    case kept = 19
    /// A client's message with its number, or a chunk of one.
    case again = 20
    /// Kept messages up to a position are in the gateway's hands.
    case stored = 21
    /// The client has all up to a position.
    case received = 22
    /// A kept message came twice.
    case duplicate = 23
    /// A kept message could not be taken.
    case declined = 24
    /// Give the session up in order.
    case detach = 25
    /// Clients' messages that are dealt with.
    case taken = 26
    /// The backlog is complete.
    case home = 27
    /// The session was given up in order. Ends the leg.
    case released = 28
    /// A newer attachment of the session is served elsewhere. Ends the leg.
    case superseded = 29
    /// All sessions of an epoch were offered. For the whole link.
    case attachDone = 30
    /// A message for a user that is acknowledged, node to node.
    case reliable = 31
    /// What became of one.
    case reliableResult = 32
    /// Give me what you keep of a session, node to node.
    case fetch = 33
    /// What is kept of it.
    case fetched = 34

    /// Whether frames of this kind may be chunks of a message.
    public var isMessage: Bool {
        switch self {
        case .text, .binary, .kept, .again: true
        default: false
        }
    }

    /// The most payload a frame of this kind may announce; more is an error at once, before anything is kept for it.
    public var maxPayloadCount: Int {
        switch self {
        case .text, .binary, .kept, .again: LinkChunk.size
        case .forward, .reliable: LinkHeader.maxPayloadCount
        case .attach: 64 * 1024
        case .adopt, .released, .fetched: LinkBacklog.maxStateBytes + 4 * 1024
        case .challenge: LinkChallenge.count
        case .proof: LinkProof.count
        case .hello, .helloAnswer, .attached, .moved, .refused, .credit, .close, .ping, .pong, .forwardResult,
            .ringHint, .stored, .received, .duplicate, .declined, .detach, .taken, .home, .superseded, .attachDone,
            .reliableResult, .fetch:
            4 * 1024
        }
    }
}
