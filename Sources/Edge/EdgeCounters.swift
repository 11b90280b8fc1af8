import ClusterModel

/// What one loop's edge has done; plain numbers that only its loop touches.
public struct EdgeCounters: Sendable {
    /// WebSockets opened.
    public var accepted = 0
    /// Requests refused, by status.
    public var refused: [Int: Int] = [:]
    /// WebSockets ended, by the code that ended them.
    public var closes: [CloseCode: Int] = [:]
    /// Messages from clients.
    public var messagesIn = 0
    /// Messages to clients.
    public var messagesOut = 0
    /// WebSockets open now.
    public var open = 0

    /// Nothing done yet.
    public init() {}
}
