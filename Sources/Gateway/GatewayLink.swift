import HashRing
import Reactor
import SessionLink

/// One link of one gateway loop to one loop of one node, and the legs on it.
final class GatewayLink {
    /// Which link it is; there is one per key and gateway loop.
    struct Key: Hashable {
        let service: Int
        let node: NodeID
        let loop: Int
    }
    enum Phase {
        /// The node's host name is being looked up.
        case resolving
        case connecting
        /// Our hello is out; both ends prove themselves.
        case greeting
        case ready
    }

    let key: Key
    /// The run of the node that the ring named when the link was made.
    let incarnation: UInt64
    var phase = Phase.resolving
    /// How far the link has got with opening.
    var handshake: CallerHandshake?
    var socket: SocketID?
    var legs = LegTable<SocketID>()
    /// Clients that wait for the link to be ready.
    var waiting: [SocketID] = []
    /// Clients that are not read while the link's queue is full.
    var paused: [SocketID] = []
    var lastHeard: MonotonicTime
    /// Clients that broke a rule, in the order of the pings sent after their last messages: a pong comes after the answers.
    var finishing: [SocketID] = []
    /// We end it since the ring let its node go; the sessions on it are told accordingly.
    var dismissed = false
    /// We end it since the node has been silent for too long.
    var silent = false

    init(key: Key, incarnation: UInt64, now: MonotonicTime) {
        self.key = key
        self.incarnation = incarnation
        lastHeard = now
    }
}
