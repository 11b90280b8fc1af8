/// Keeps web pages away from an admin port that trusts whoever can reach it.
///
/// A page in an operator's browser can make it send requests to 127.0.0.1. Two checks stop that: a browser names the page
/// in `Origin` on every write, and a page that resolves its own name to 127.0.0.1 (DNS rebinding) gives itself away by that
/// name in `Host`.
struct AdminGuard: Sendable {
    /// Whether the port listens on a loopback address, where only numeric hosts and `localhost` make sense.
    let isLoopback: Bool

    init(host: String) {
        isLoopback = host.hasPrefix("127.") || host == "::1" || host == "localhost"
    }

    /// The answer that refuses the request, or `nil` if it may go on.
    func refusal(method: String, host: String?, origin: String?) -> AdminAnswer? {
        if origin != nil, method != "GET", method != "HEAD" {
            return .error(403, "origin_forbidden", "requests from web pages (with an Origin header) are not taken here")
        }
        guard isLoopback, let host else { return nil }
        let name = Self.withoutPort(host)
        if name == "localhost" || Grammar.isNumericAddress(name) { return nil }
        return .error(403, "host_forbidden", "this port listens on loopback; ask for it by address or as localhost")
    }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" })
    }
}
