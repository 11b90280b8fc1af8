/// Keeps everybody away from an admin port who has no business there.
///
/// Web pages first: a page in an operator's browser can make it send requests to 127.0.0.1. Two checks stop that: a browser
/// names the page in `Origin` on every write, and a page that resolves its own name to 127.0.0.1 (DNS rebinding) gives
/// itself away by that name in `Host`.
///
/// Then everybody else: where there are tokens, writes need one. A port that is not on loopback needs one for everything but
/// `/livez`, which a supervisor asks without knowing anybody.
struct AdminGuard: Sendable {
    /// Whether the port listens on a loopback address, where only numeric hosts and `localhost` make sense.
    let isLoopback: Bool
    private let access: AdminAccess

    init(host: String, access: AdminAccess = .open) {
        isLoopback = Grammar.isLoopback(host) || host == "localhost"
        self.access = access
    }

    /// The answer that refuses the request for where it comes from, or `nil` if it may go on.
    func refusal(method: String, host: String?, origin: String?) -> AdminAnswer? {
        if origin != nil, Self.isWrite(method) {
            return .error(403, "origin_forbidden", "requests from web pages (with an Origin header) are not taken here")
        }
        if isLoopback {
            guard let host else { return nil }
            let name = Self.withoutPort(host)
            if name == "localhost" || Grammar.isNumericAddress(name) { return nil }
            return .error(403, "host_forbidden", "this port listens on loopback; ask for it by address or as localhost")
        }
        let name = Self.withoutPort(host ?? "").lowercased()
        if Grammar.isNumericAddress(name) || access.hosts.contains(name) { return nil }
        return .error(403, "host_forbidden", "ask for this port by address, or by a name listed in --admin-hosts")
    }

    /// The answer that refuses the request for who sends it, or `nil` if it may go on.
    ///
    /// - Parameters:
    ///   - service: the service that the request is about, if its path names one.
    ///   - authorization: the values of all `Authorization` fields.
    func refusal(method: String, path: some StringProtocol, service: String?, authorization: [String]) -> AdminAnswer? {
        if path == "/livez" { return nil }
        guard !isLoopback || Self.isWrite(method) && access.hasTokens else { return nil }
        let challenge = "Bearer realm=\"ringway\""
        switch access.verdict(authorization, service: service) {
        case .granted: return nil
        case .missing:
            return .error(
                401, "unauthorized", "this needs a token: Authorization: Bearer TOKEN",
                headers: ["WWW-Authenticate": challenge])
        case .unknown:
            return .error(
                401, "unauthorized", "this token is not known here",
                headers: ["WWW-Authenticate": challenge + ", error=\"invalid_token\""])
        case .otherService:
            return .error(403, "forbidden", "this token is for another service")
        }
    }

    private static func isWrite(_ method: String) -> Bool { method != "GET" && method != "HEAD" }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<end])
        }
        return String(host.prefix { $0 != ":" })
    }
}
