import HashRing

/// Where a process can be reached: `host:port`, with brackets around an IPv6 address.
public struct NodeAddress: Hashable, Sendable, CustomStringConvertible {
    /// A name or a numeric address, without brackets.
    public let host: String
    /// 1...65535.
    public let port: Int

    /// Takes a host and a port; `nil` if one of them can not be.
    public init?(host: String, port: Int) {
        guard (1...65_535).contains(port) else { return nil }
        let isIPv6 = host.utf8.contains(UInt8(ascii: ":"))
        guard isIPv6 ? Self.isIPv6(host.utf8) : Self.isName(host.utf8) else { return nil }
        self.host = host
        self.port = port
    }

    /// Reads `host:port` or `[ipv6]:port`; `nil` for anything else.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            return nil
        }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            let inside = host.dropFirst().dropLast()
            guard inside.contains(":") else { return nil }
            self.init(host: String(inside), port: port)
        } else {
            guard !host.contains(":") else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    /// As it was read.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func port(_ text: Substring) -> Int? {
        // The canonical spelling alone: no sign, no leading zero.
        Int(text).flatMap { String($0) == text ? $0 : nil }
    }

    private static func isName(_ host: String.UTF8View) -> Bool {
        Identifier.matches(host, lengths: 1...253, punctuation: ".-_")
    }

    /// Whether `host` is made of what IPv6 addresses are made of; the resolver decides whether it is one.
    private static func isIPv6(_ host: String.UTF8View) -> Bool {
        host.count <= 45
            && host.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
                case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "."): true
                default: false
                }
            }
    }
}
