/// Where a WebSocket is opened: `ws://host[:port][/path][?query]`, or `wss://…`.
public struct WebSocketURL: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is not such a URL.
    public enum Malformed: Error, CustomStringConvertible {
        /// Neither `ws` nor `wss`.
        case scheme(String)
        /// No host, or no port of 1…65535.
        case port(String)
        /// Spaces, a fragment, or other than ASCII.
        case bytes(String)

        /// What is wrong, for people.
        public var description: String {
            switch self {
            case .scheme(let text): "'\(text)' is not a WebSocket URL; expected ws://host:port/path or wss://…"
            case .port(let text): "'\(text)' has no host or no port of 1…65535; expected ws://host:port/path"
            case .bytes(let text): "'\(text)' holds spaces, a fragment or other than ASCII; percent-encode them"
            }
        }
    }

    /// Whether it is `wss`.
    public let isSecure: Bool
    /// Name or numeric address, IPv6 without brackets.
    public let host: String
    /// 1…65535; 80 or 443 if the text has none.
    public let port: Int
    /// Path and query as they go on the wire; never empty.
    public let target: String

    /// From parts that are well formed already.
    public init(host: String, port: Int, target: String, isSecure: Bool = false) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.target = target
    }

    /// Reads a URL.
    public init(_ text: String) throws(Malformed) {
        isSecure = text.hasPrefix("wss://")
        guard isSecure || text.hasPrefix("ws://") else { throw .scheme(text) }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else { throw .bytes(text) }
        let rest = text.dropFirst(isSecure ? "wss://".count : "ws://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let tail = rest.dropFirst(authority.count)
        target = tail.hasPrefix("/") ? String(tail) : "/" + tail
        let digits: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            host = String(authority[authority.index(after: authority.startIndex)..<end])
            digits = authority[authority.index(after: end)...]
        } else {
            host = String(authority.prefix { $0 != ":" })
            digits = authority.dropFirst(host.count)
        }
        guard !host.isEmpty, digits.isEmpty || digits.hasPrefix(":") else { throw .port(text) }
        guard let number = digits.isEmpty ? (isSecure ? 443 : 80) : UInt16(digits.dropFirst()), number > 0 else {
            throw .port(text)
        }
        port = Int(number)
    }

    /// Host and port as the `Host` field says them.
    public var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The URL, with its port.
    public var description: String { "\(isSecure ? "wss" : "ws")://\(authority)\(target)" }
}
