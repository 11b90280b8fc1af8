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

    static let client: [any DeclaredSetting] = [
        maxMessage, maxFrames, maxQueue, maxControls, pingAfter, pongWithin, headWithin,
    ]
    static let gateway: [any DeclaredSetting] = client
    static let node: [any DeclaredSetting] = client
}
