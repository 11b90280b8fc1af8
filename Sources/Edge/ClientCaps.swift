import Reactor
import Synchronization

/// How many clients a process takes, in all and from one address: shared by the edges of all its loops.
///
/// | what | bound | over it |
/// |---|---|---|
/// | WebSockets, those being decided about included | `clients` | 503 |
/// | connections from one address, finished or not | `perAddress` | 503 at once |
/// | connections without a whole request | `handshakes` | the oldest gets 408 |
///
/// Touched when a connection comes, is let in and goes; never for a message.
public final class ClientCaps: Sendable {
    /// The caps themselves.
    public struct Bounds: Sendable, Hashable {
        /// WebSockets of the process.
        public var clients: Int
        /// Connections from one IPv4 address, or one IPv6 network of 64 bits: what a single subscriber gets.
        public var perAddress: Int
        /// Connections that have not sent a whole request yet.
        public var handshakes: Int

        /// Caps; without values none.
        public init(clients: Int = .max, perAddress: Int = .max, handshakes: Int = .max) {
            self.clients = clients
            self.perAddress = perAddress
            self.handshakes = handshakes
        }
    }

    /// Why a client was turned away, or let go of.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        case clients, address, handshakes, memory
    }

    /// The caps in force.
    public let bounds: Bounds
    /// One loop's part of `Bounds.handshakes`: the kernel spreads connections over the loops evenly enough.
    let handshakesPerLoop: Int
    private let clients = Atomic<Int>(0)
    private let addresses = Locked<[UInt64: Int32]>([:])
    private let refused = Locked<[Reason: Int]>([:])

    /// Caps for a process of so many loops.
    public init(bounds: Bounds = Bounds(), loops: Int = 1) {
        self.bounds = bounds
        handshakesPerLoop = max(16, min(bounds.handshakes, 1 << 30) / max(1, loops))
    }

    /// WebSockets now.
    public var clientsNow: Int { clients.load(ordering: .relaxed) }
    /// Clients turned away or let go of, by reason; every reason is there.
    public var refusals: [Reason: Int] {
        let counted = refused.withLock { $0 }
        return Dictionary(uniqueKeysWithValues: Reason.allCases.map { ($0, counted[$0, default: 0]) })
    }

    // MARK: Addresses

    /// Counts a connection from an address; false, and not counted, if the address has its share.
    func connect(_ address: UInt64) -> Bool {
        guard address != Self.uncounted else { return true }
        let fits = addresses.withLock { addresses in
            let count = addresses[address, default: 0]
            guard count < bounds.perAddress else { return false }
            addresses[address] = count + 1
            return true
        }
        if !fits { note(.address) }
        return fits
    }

    /// A counted connection is gone.
    func disconnect(_ address: UInt64) {
        guard address != Self.uncounted else { return }
        addresses.withLock { addresses in
            guard let count = addresses[address] else { return }
            addresses[address] = count > 1 ? count - 1 : nil
        }
    }

    // MARK: Clients

    /// Counts a client; false, and not counted, if there are enough.
    func enter() -> Bool {
        if clients.add(1, ordering: .relaxed).newValue <= bounds.clients { return true }
        clients.subtract(1, ordering: .relaxed)
        note(.clients)
        return false
    }

    /// A counted client is gone.
    func leave() { clients.subtract(1, ordering: .relaxed) }

    func note(_ reason: Reason) { refused.withLock { $0[reason, default: 0] += 1 } }

    // MARK: Keys

    /// The key of connections that no address is counted for.
    static let uncounted: UInt64 = 0

    /// What an address is counted as. Eight bytes, since every client carries it.
    static func key(of peer: SocketAddress) -> UInt64 {
        // IPv4 addresses stand where IPv6 has a kind of multicast, which is nobody's source address.
        let four: UInt64 = 0xFFFF_FFFF_0000_0000
        if let address = peer.ipv4 { return four | UInt64(address) }
        // `::1` is in the network 0, the key for "uncounted": it stands next to it, where no network of 64 bits is given out.
        return peer.ipv6Network.map { $0 == 0 ? 1 : $0 } ?? uncounted
    }
}
