import Edge
import Operations
import Reactor

/// How many clients a process takes: from what the machine gives it, and what the settings ask for.
///
/// ```
/// descriptors ── in use at the start
///             ── reserve: links, Redis, the admin port, files      max(32, 5 %)
///             ── connections of clients ── handshakes              an eighth
///                                       ── clients                 the rest, if the memory holds them
/// memory      ── a quarter for bytes that wait, half for clients   16 KiB each (TLS: 48)
/// ```
public struct ClientBudget: Sendable, Equatable {
    /// What one client is reckoned to cost: under 1 KiB of ours while it is idle, and the kernel's socket with a few KiB in
    /// its buffers.
    static let bytesPerClient = 16 << 10
    /// With TLS there is a session more, whose size is the library's.
    static let bytesPerSecureClient = 48 << 10
    /// Descriptors that a loop needs for itself: epoll, its mailbox, two listeners.
    private static let descriptorsPerLoop = 4

    /// What the machine gives.
    public let capacity: ProcessCapacity
    /// Descriptors that no client gets.
    public let reserve: Int
    /// Connections of clients at the same time, finished or not.
    public let connections: Int
    /// WebSockets at the same time.
    public let clients: Int
    /// Connections from one address.
    public let perAddress: Int
    /// Connections without a whole request.
    public let handshakes: Int
    /// Bytes that wait in all.
    public let heldBytes: Int
    /// The settings ask for more clients than there is room for.
    public let isShort: Bool

    /// A budget of a process with so many loops; 0 works a bound out.
    public init(
        _ capacity: ProcessCapacity, loops: Int, clients wanted: Int = 0, perAddress: Int = 10_000, handshakes: Int = 0,
        heldBytes: Int = 0, isSecure: Bool = false
    ) {
        self.capacity = capacity
        reserve = max(32, capacity.descriptors / 20)
        let others = reserve + capacity.descriptorsInUse + loops * Self.descriptorsPerLoop
        connections = max(1, capacity.descriptors - others)
        self.handshakes = handshakes > 0 ? min(handshakes, connections) : max(1, connections / 8)
        let each = isSecure ? Self.bytesPerSecureClient : Self.bytesPerClient
        let room = min(max(1, connections - self.handshakes), max(1, capacity.memory / 2 / each))
        clients = wanted > 0 ? wanted : room
        isShort = wanted > room
        self.perAddress = perAddress
        self.heldBytes = heldBytes > 0 ? heldBytes : max(16 << 20, capacity.memory / 4)
    }

    /// A budget as the settings want it.
    public init(_ capacity: ProcessCapacity, loops: Int, settings: Settings) {
        self.init(
            capacity, loops: loops, clients: settings[LimitSettings.maxClients],
            perAddress: settings[LimitSettings.maxClientsPerAddress],
            handshakes: settings[LimitSettings.maxHandshakes], heldBytes: settings[LimitSettings.maxQueuedTotal],
            isSecure: !settings[TLSSettings.certificate].isEmpty)
    }

    /// The bounds that the edges of all loops share.
    public func bounds(loops: Int) -> ProcessBounds {
        ProcessBounds(
            gate: AcceptGate(bounds: .init(connections: connections, heldBytes: heldBytes)),
            caps: ClientCaps(
                bounds: .init(clients: clients, perAddress: perAddress, handshakes: handshakes), loops: loops))
    }

    /// What the process says of it at the start, for a log line.
    public var facts: [(name: String, value: String)] {
        [
            ("clients", "\(clients)"), ("connections", "\(connections)"), ("handshakes", "\(handshakes)"),
            ("per-address", "\(perAddress)"), ("descriptors", "\(capacity.descriptors)"), ("reserve", "\(reserve)"),
            ("memory", "\(capacity.memory >> 20)MiB of \(capacity.memorySource.rawValue)"),
            ("queued-total", "\(heldBytes >> 20)MiB"),
        ]
    }
}
