import WebSocketWire

/// What one client may cost and how long it may take.
public struct EdgeLimits: Sendable {
    /// Time for a complete request head, counted from the connection or from the answer before. Default 5 s; then 408.
    public var headTime = Duration.seconds(5)
    /// Bounds of a request head; beyond them 431.
    public var head = HeadLimits()
    /// Bounds of a message: 1 MiB and 1,024 frames; beyond them 1009 or 1008.
    public var message = MessageLimits()
    /// Bytes that may wait for a slow client. Default 1 MiB; beyond it 4009.
    public var queueBytes = 1 << 20
    /// Pings, pongs and the like a client may send in a second. Default 50; beyond it 1008.
    public var controlFramesPerSecond: UInt32 = 50
    /// When a silent client is pinged, and given up (4008).
    public var keepAlive = KeepAlive.Policy()

    /// The defaults.
    public init() {}
}
