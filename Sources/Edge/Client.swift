import ClusterModel
import Reactor
import WebSocketWire

/// What the edge knows of one client.
struct Client: ~Copyable {
    enum Phase: UInt8 {
        /// Reading a request head.
        case head
        /// The application works on the answer to a plain request.
        case answering
        /// The application decides about an upgrade.
        case deciding
        case open
        /// Our close frame is out; the peer's is awaited.
        case closing
        /// Nothing is read or written any more; the socket is being closed.
        case over
    }

    var phase = Phase.head
    /// The application wants no messages now.
    var paused = false
    /// `ended` is still owed to the application.
    var owesEnd = false
    /// Counted as a client in `ClientCaps`.
    var isCounted = false
    /// What ended it, for `ended`.
    var endCode = CloseCode.abnormal
    var reader: MessageReader
    var closing = CloseHandshake()
    var keepAlive: KeepAlive
    var controls: ControlBudget
    var headDeadline: Int64
    /// What its address is counted as in `ClientCaps`.
    var address = ClientCaps.uncounted
    /// The rule it broke, while answers to what it said before are waited for.
    var failure: Failure?
    /// Only during the handshake.
    var pending: Pending?

    init(now: Int64, limits: EdgeLimits) {
        reader = MessageReader(role: .server, limits: limits.message)
        keepAlive = KeepAlive(now: now)
        controls = ControlBudget(now: now)
        headDeadline = now + limits.headTime.nanoseconds
    }
}

/// What is needed until a client is accepted, and then no more; so an idle client does not carry it.
final class Pending {
    let peer: SocketAddress
    var request: UpgradeRequest?
    /// The plain request that is being answered was the connection's last.
    var endsAfterAnswer = false
    /// The answer to a plain request comes later, and nothing is read meanwhile.
    var isWaiting = false

    init(peer: SocketAddress) { self.peer = peer }
}
