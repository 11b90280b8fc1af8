import HashRing
import Reactor
import SessionLink

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

    var phase = Phase.attaching
    /// Index of the service among the gateway's.
    let service: Int
    let user: UserKey
    /// The user's place on its service's ring.
    let hash: UInt64
    let id: SessionID
    /// The epoch by which the present owner was chosen.
    var epoch: UInt64 = 0
    var attempts = 0
    var link: SocketID?
    var leg = LegID.link
    var toNode = SendCredit()
    var fromNode = ReceiveCredit()
    /// Cost of messages that lie in a blocked client's queue: given back when it has drained.
    var heldBack = 0
    /// Among the open sessions of the metrics.
    var counted = false
    /// Stopped reading because the link's queue is full, not for lack of credit.
    var pausedByLink = false
    /// What the attach needs of the request; gone once the session is open.
    var request: AttachRequest?
}

/// The parts of a client's request that its node gets to see.
final class AttachRequest {
    let peer: String
    let target: String

    init(peer: String, target: String) {
        self.peer = peer
        self.target = target
    }
}
