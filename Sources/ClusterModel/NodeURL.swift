/// Where a client can open a socket on a node itself: `ws://host[:port][/path]`, or `wss`.
public struct NodeURL: Hashable, Sendable, CustomStringConvertible {
    /// The longest URL, in bytes.
    public static let maxBytes = 2048

    /// The URL as it was given.
    public let text: String
    /// Whether it is `wss`.
    public let isSecure: Bool
    /// Host and port; the port is 80 or 443 where the URL names none.
    public let address: NodeAddress
    /// The request target, path and query; `/` where the URL has none.
    public let target: String

    /// `nil` if the text is not such a URL: other scheme, user part, fragment, space or non-ASCII.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maxBytes, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { return nil }
        let isSecure = text.hasPrefix("wss://")
        guard isSecure || text.hasPrefix("ws://"), !text.contains("#") else { return nil }
        let rest = text.dropFirst(isSecure ? 6 : 5)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let target = rest.dropFirst(authority.count)
        let standard = isSecure ? 443 : 80
        guard let address = NodeAddress(String(authority)) ?? NodeAddress("\(authority):\(standard)") else {
            return nil
        }
        self.text = text
        self.isSecure = isSecure
        self.address = address
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    /// The URL.
    public var description: String { text }
}
