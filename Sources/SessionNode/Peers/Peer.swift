import ClusterModel
import HashRing
import Reactor
import Rehoming
import SessionLink

/// One loop of another node, as this loop reaches it: at most one link, opened when the first message needs it.
final class Peer {
    /// What a peer is known by: another address or another run of the node is another peer.
    struct Key: Hashable {
        let node: NodeID
        let incarnation: Incarnation
        let address: NodeAddress
        let loop: Int
    }

    enum State: Equatable {
        case idle
        /// Connecting, or proving each other; frames wait in `held`.
        case opening(SocketID)
        case open(SocketID)
        /// The last try failed; the next one is due then.
        case waiting(until: MonotonicTime)
    }

    static let firstPause = Duration.milliseconds(50)
    static let longestPause = Duration.seconds(2)

    let key: Key
    /// What its questions are noted under in `PendingResults`.
    let route: PendingResults.Route
    var state = State.idle
    /// How far the link has got with opening.
    var handshake: CallerHandshake?
    /// What the node answers on the link, as far as it came.
    var answers = PeerAnswerReader()
    /// Frames for a link that is not open yet: nobody hears a message before it has proven to be the node it is for.
    var held: [UInt8] = []
    /// Numeric addresses, in the order to try; empty until a name is resolved.
    var addresses: [SocketAddress] = []
    var failures = 0
    var heard = MonotonicTime(nanoseconds: 0)
    var asked = MonotonicTime(nanoseconds: 0)
    /// When the ring stopped naming it; it keeps its link a while longer, for answers and for what it still holds.
    var retiredAt: MonotonicTime?

    init(_ key: Key, route: PendingResults.Route) {
        self.key = key
        self.route = route
        if let numeric = try? SocketAddress(host: key.address.host, port: key.address.port) { addresses = [numeric] }
    }

    var home: Home { Home(node: key.node, incarnation: key.incarnation, loop: key.loop) }

    var socket: SocketID? {
        switch state {
        case .opening(let socket), .open(let socket): socket
        case .idle, .waiting: nil
        }
    }

    /// A try failed or the link was lost.
    func failed(now: MonotonicTime) {
        failures += 1
        handshake = nil
        held = []
        answers = PeerAnswerReader()
        let pause = min(Self.longestPause, Self.firstPause * Double(1 << min(failures - 1, 6)))
        state = .waiting(until: now + pause * Double.random(in: 0.5...1))
    }
}
