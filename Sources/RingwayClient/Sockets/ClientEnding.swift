import ClusterModel

/// How a client's WebSocket ended, or why it never opened.
public enum ClientEnding: Hashable, Sendable {
    /// The server's close frame; 1005 if it gave no code.
    case closed(CloseCode, reason: String)
    /// We closed it.
    case left
    /// The server answered the handshake with another status than 101.
    case refused(HTTPRefused)
    /// No connection, or what answered is no WebSocket server.
    case failed(String)
    /// The connection broke without a close frame.
    case lost(String)
}

/// A handshake's answer that opens nothing.
public struct HTTPRefused: Hashable, Sendable {
    /// The status code.
    public let status: Int
    /// Seconds, from `Retry-After`.
    public let retryAfter: Int?
    /// The start of the body.
    public let body: String

    /// An answer of these parts.
    public init(status: Int, retryAfter: Int?, body: String) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }

    /// Whether trying again later can help.
    public var mayReturn: Bool { status == 408 || status == 429 || status >= 500 && status != 501 && status != 505 }
}
