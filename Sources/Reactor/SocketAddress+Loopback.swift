extension SocketAddress {
    /// Whether the other end is on this machine: 127.0.0.0/8, `::1`, or a Unix socket.
    public var isLoopback: Bool {
        switch self {
        case .ipv4(let four, _): four >> 24 == 127
        case .ipv6(let text, _): text == "::1"
        case .unix: true
        }
    }
}
