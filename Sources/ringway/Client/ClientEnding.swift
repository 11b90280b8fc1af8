import ClusterModel

/// How a client's WebSocket ended, or why it never opened.
enum ClientEnding: Hashable, Sendable {
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
struct HTTPRefused: Hashable, Sendable {
    let status: Int
    /// Seconds, from `Retry-After`.
    let retryAfter: Int?
    /// The start of the body.
    let body: String

    /// Whether trying again later can help.
    var mayReturn: Bool { status == 408 || status == 429 || status >= 500 && status != 501 && status != 505 }
}
