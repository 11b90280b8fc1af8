import ClusterModel
import Reactor
import Rehoming
import SessionLink

/// A link that somebody opened to this node.
final class ServedLink {
    /// Legs that one link may carry: more than a gateway process has descriptors for.
    static let legBound = 65_536

    let socket: SocketID
    /// How far the link has got with opening.
    var handshake: NodeHandshake
    /// What the sender has proven to be; `nil` until then.
    var role: LinkHello.Role?
    var sender = ""
    /// The gateway's legs.
    var legs = PeerLegTable<SessionRef>(capacity: legBound)
    /// Those of them that were opened with an adopt; such a one is in `legs` once it has its session.
    var adopted: [LegID: AdoptedLeg] = [:]
    /// By which epoch the gateway has given this node all that it has for it.
    var attachDone: UInt64 = 0
    /// What the loop's machine calls it, once another node asked something on it; 0 before.
    var number: NodeMachine.Link = 0
    /// Whether what comes on it is not heard any more: it is being closed.
    var isDropped = false
    /// When bytes came last.
    var heard: MonotonicTime
    /// When it was last asked whether it lives.
    var asked = MonotonicTime(nanoseconds: 0)

    init(_ socket: SocketID, _ handshake: NodeHandshake, now: MonotonicTime) {
        self.socket = socket
        self.handshake = handshake
        heard = now
    }
}
