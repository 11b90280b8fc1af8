import Glibc

/// What can go wrong when a socket is opened.
public enum ReactorError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is no numeric IPv4 or IPv6 address, or the port is not in 0...65535.
    case badAddress(String)
    /// A host name that no resolver answered, with the resolver's own words.
    case unknownHost(String, reason: String)
    /// A system call refused; `errno` says why.
    case system(call: String, errno: Int32, address: String)
    /// The loop was stopped before it could do the work.
    case stopped

    /// One sentence for a log line or a terminal.
    public var description: String {
        switch self {
        case .badAddress(let text): "not an address: '\(text)' (expected a numeric host and a port 0...65535)"
        case .unknownHost(let host, let reason): "host '\(host)' was not found: \(reason)"
        case .system(let call, let code, let address): "\(call) on \(address): \(String(cString: strerror(code)))"
        case .stopped: "the event loop has stopped"
        }
    }
}

/// Why a socket ended.
public enum CloseReason: Hashable, Sendable, CustomStringConvertible {
    /// We closed it.
    case local
    /// The peer ended it in order.
    case peer
    /// The connection broke; the value is errno.
    case error(Int32)
    /// `connect` did not succeed; the value is errno.
    case connectFailed(Int32)
    /// `connect` did not answer within its deadline, or TLS was not agreed on within it.
    case timedOut
    /// TLS failed, or was cut off.
    case tls(TLSFault)

    /// A few words for a log line.
    public var description: String {
        switch self {
        case .local: "closed here"
        case .peer: "closed by the peer"
        case .error(let code): "broken: \(String(cString: strerror(code)))"
        case .connectFailed(let code): "connect failed: \(String(cString: strerror(code)))"
        case .timedOut: "connect timed out"
        case .tls(let fault): "\(fault)"
        }
    }
}
