/// What a client may cost: settings of the gateway and of the node's direct port.
public enum LimitSettings {
    /// Bytes of one message.
    public static let maxMessage = Setting<Int>.size(
        "max-message", in: 1024...(64 << 20), default: 1 << 20,
        help: "Bytes of one message over all its frames; a client that sends more is closed with 1009.")

    /// Frames of one message.
    public static let maxFrames = Setting<Int>.integer(
        "max-frames", in: 1...1_000_000, default: 1024,
        help: "Frames of one message, so that a megabyte cannot come as a million frames; beyond it 1008.")

    /// Bytes that wait for a slow client.
    public static let maxQueue = Setting<Int>.size(
        "max-queue", in: (64 << 10)...(512 << 20), default: 1 << 20,
        help: "Bytes that may wait for a slow client, never less than --max-message; beyond them 4009.")

    /// Control frames in a second.
    public static let maxControls = Setting<Int>.integer(
        "max-controls", in: 1...1_000_000, default: 50,
        help: "Pings and pongs a client may send in a second; beyond them 1008.")

    /// When a silent client is pinged.
    public static let pingAfter = Setting<Duration>.duration(
        "ping-after", in: .milliseconds(100)...(.seconds(3600)), default: .seconds(25),
        help: "Silence after which a client is pinged; below the 30 s after which the strictest common NAT forgets it.")

    /// How long it may take to answer.
    public static let pongWithin = Setting<Duration>.duration(
        "pong-within", in: .milliseconds(100)...(.seconds(3600)), default: .seconds(10),
        help: "How long a pinged client may stay silent; then it is closed with 4008.")

    /// Time for a request's head.
    public static let headWithin = Setting<Duration>.duration(
        "head-within", in: .milliseconds(100)...(.seconds(60)), default: .seconds(5),
        help: "Time for a complete request head, TLS handshake included; then 408.")

    /// WebSockets of the process.
    public static let maxClients = Setting<Int>.integer(
        "max-clients", in: 0...10_000_000, default: 0, defaultNote: "what descriptors and memory hold",
        help: "WebSockets this process takes; further ones get 503. 0 works it out from descriptors and memory.")

    /// Connections of one address.
    public static let maxClientsPerAddress = Setting<Int>.integer(
        "max-clients-per-address", in: 1...10_000_000, default: 10_000,
        help:
            "Connections from one IPv4 address or IPv6 /64; further ones get 503. Many, since a carrier's or a load "
            + "balancer's address may stand for thousands of people.")

    /// Unfinished handshakes.
    public static let maxHandshakes = Setting<Int>.integer(
        "max-handshakes", in: 0...10_000_000, default: 0, defaultNote: "an eighth of what descriptors hold",
        help: "Connections that have sent no whole request yet; one more and the oldest is dropped with 408.")

    /// Bytes held in all.
    public static let maxQueuedTotal = Setting<Int>.size(
        "max-queued-total", in: 0...(1 << 50), default: 0, defaultNote: "a quarter of the memory",
        help:
            "Bytes that may wait for all clients together, or of their unfinished messages; beyond them no more clients "
            + "are taken, and those that hold most are closed.")

    /// Sessions of one user.
    public static let maxSessionsPerUser = Setting<Int>.integer(
        "max-sessions-per-user", in: 1...1_000_000, default: 64,
        help: "Sessions of one user at the node that owns it, each a copy of every message; further ones get 503.")

    static let client: [any DeclaredSetting] = [
        maxMessage, maxFrames, maxQueue, maxControls, pingAfter, pongWithin, headWithin,
    ]
    static let process: [any DeclaredSetting] = [maxClients, maxClientsPerAddress, maxHandshakes, maxQueuedTotal]
    static let gateway: [any DeclaredSetting] = client + process
    static let node: [any DeclaredSetting] = client + process + [maxSessionsPerUser]
}
