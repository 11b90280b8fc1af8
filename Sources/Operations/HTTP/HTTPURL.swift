/// The address of an HTTP call: `http://host[:port][/path][?query]`.
public struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    /// Host name or numeric address, IPv6 without brackets.
    public let host: String
    /// The port, 80 if none is written.
    public let port: Int
    /// Path and query as they go on the wire; never empty.
    public let target: String

    /// Reads a URL; other schemes, credentials, and bytes that do not belong in a request line are refused.
    public init(_ text: String) throws(HTTPCallError) {
        guard Grammar.isURL(text, schemes: ["http://"]) else {
            throw .malformedURL(text, expected: "http://host:port/path")
        }
        let rest = text.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@"), !rest.contains("#") else {
            throw .malformedURL(text, expected: "no user name and no fragment")
        }
        let tail = String(rest.dropFirst(authority.count))
        target = tail.hasPrefix("/") ? tail : "/" + tail
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            port = try Self.port(authority[authority.index(after: end)...], text)
        } else {
            host = String(authority.prefix { $0 != ":" })
            port = try Self.port(authority.dropFirst(host.count), text)
        }
        guard Grammar.isNumericAddress(host) || Grammar.isHostName(host) else {
            throw .malformedURL(text, expected: "a host name or numeric address")
        }
    }

    /// The same server with another path.
    public func with(path: String) throws(HTTPCallError) -> HTTPURL {
        try HTTPURL("http://\(authority)\(path)")
    }

    /// Host and port as a `Host` header says them.
    public var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The whole URL.
    public var description: String { "http://\(authority)\(target)" }

    private static func port(_ text: Substring, _ whole: String) throws(HTTPCallError) -> Int {
        if text.isEmpty { return 80 }
        guard text.hasPrefix(":"), let port = UInt16(text.dropFirst()), port > 0 else {
            throw .malformedURL(whole, expected: "a port (1…65535)")
        }
        return Int(port)
    }
}
