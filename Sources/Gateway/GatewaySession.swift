import HashRing
import Reactor
import SessionLink
import WebSocketWire

/// A client as the gateway's loop knows it, from its request to its end.
///
/// The way of a message needs only what stands here: the link's socket, the leg, the credit.
struct GatewaySession {
    enum Phase {
        /// Refused as MOVED by a node that knows a higher epoch than ours; waits for that ring.
        case waitingForRing
        /// Waits for its link's handshake, or for the owner's answer to its attach.
        case attaching
        /// The client has its 101; messages pass.
        case open
        /// Its leg is gone; only the client's closing is left.
        case ended
    }

    // Small members stand together: a session is one entry of a table, and padding between them would be paid per client.
    var phase = Phase.attaching
    var attempts: UInt8 = 0
    private let serviceIndex: UInt16
    var leg = LegID.link
    var link: SocketID?
    /// Which part of a message the node's next frame may be.
    var order = ChunkOrder()
    /// Among the open sessions of the metrics.
    var counted = false
    /// Stopped reading because the link's queue is full, not for lack of credit.
    var pausedByLink = false
    let user: UserKey
    /// The user's place on its service's ring.
    let hash: UInt64
    let id: SessionID
    /// The epoch by which the present owner was chosen.
    var epoch: UInt64 = 0
    var toNode = SendCredit()
    var fromNode = ReceiveCredit()
    /// Cost of messages that lie in a blocked client's queue: given back when it has drained.
    var heldBack = 0
    /// What of a client's large message waits for credit or for room on the link. There is one at most: the client is not
    /// read meanwhile.
    var rest: MessageRest?
    /// The chunks of a node's message so far.
    var assembly: MessageAssembly?
    /// What the attach needs of the request; gone once the session is open.
    var request: AttachRequest?
    /// What it needs to outlive its owner; nil where the service's plan closes sessions instead.
    var rehomed: RehomedSession?

    /// A session of the gateway's service of that index, at most 65,535.
    init(service: Int, user: UserKey, hash: UInt64, id: SessionID) {
        serviceIndex = UInt16(service)
        self.user = user
        self.hash = hash
        self.id = id
    }

    /// Index of the service among the gateway's.
    var service: Int { Int(serviceIndex) }

    /// Only the client's closing is left; half messages of either direction are dropped.
    mutating func end() {
        phase = .ended
        rest = nil
        assembly = nil
    }
}

/// A client's message that is larger than what may be under way to its node at once.
final class MessageRest {
    let kind: LinkKind
    let bytes: [UInt8]
    var sent = 0

    init(_ kind: LinkKind, _ bytes: UnsafeRawBufferPointer) {
        self.kind = kind
        self.bytes = Array(bytes)
    }
}

/// The parts of a client's request that its node gets to see.
final class AttachRequest {
    let peer: String
    /// Without the token, if there was one.
    let target: String
    /// Until when the client may stay: Unix seconds; nil for as long as it likes.
    let expires: Int64?

    init(peer: String, target: String, expires: Int64?) {
        self.peer = peer
        self.target = target
        self.expires = expires
    }
}
