import Foundation

/// The settings of `ringway-gateway`.
public enum GatewaySettings {
    /// The gateway's name in logs and towards nodes.
    public static let id = Setting<String>.text(
        "id", form: "1…128 letters, digits, dots, colons, dashes", default: "", defaultNote: "gateway-<port>",
        help: "Name of this gateway towards nodes and in logs.", where: { $0.isEmpty || Grammar.isNodeID($0) })

    /// Where clients connect.
    public static let host = Setting<String>.bindHost("host", help: "Address that takes clients.")

    /// The clients' port.
    public static let port = Setting<Int>.port(
        "port", default: 7000, help: "Port that takes clients; 0 takes a free one.")

    /// Where the admin port listens.
    public static let adminHost = Setting<String>.bindHost(
        "admin-host", help: "Address of the admin port; any but loopback needs --admin-token-file.")

    /// The admin port.
    public static let adminPort = Setting<Int>.port(
        "admin-port", default: 7001, help: "Port of /livez, /readyz and /metrics; 0 takes a free one.")

    /// The services whose clients are taken.
    public static let services = Setting<[String]>.list(
        "services", of: "service names", default: "chat", help: "Services whose clients this gateway takes.",
        where: Grammar.isServiceName)

    /// The registries that hear of nodes that seem to be gone.
    public static let registry = Setting<[String]>.list(
        "registry", of: "http:// URLs", default: "", defaultNote: "none",
        help: "Registries to tell of nodes whose links end, so that a crash is known before its lease ends.",
        where: { $0.isEmpty || Grammar.isURL($0, schemes: ["http://"]) })

    /// Where the user's name comes from.
    public static let userFrom = SharedSettings.userFrom

    /// Which web pages may connect.
    public static let origins = SharedSettings.origins

    /// Event loops.
    public static let loops = SharedSettings.loops

    static let all: [any DeclaredSetting] =
        [
            id, host, port, adminHost, adminPort, CommonSettings.redisURL, CommonSettings.prefix, services, registry,
            userFrom, origins, loops,
        ] + IdentitySettings.all + LimitSettings.gateway + TLSSettings.gateway + TrustSettings.gateway

    static let rules = [
        TrustSettings.needsLinkSecret(host), TrustSettings.needsTokens(adminHost, TrustSettings.adminTokenFile),
    ]
}

/// Settings that the gateway and the node share.
enum SharedSettings {
    static let userFrom = Setting<String>.text(
        "user-from", form: "query:NAME, header:NAME (none of X-Ringway-*), cookie:NAME, path or token",
        default: "query:user", defaultNote: "query:user, and token where --jwt-keys is given",
        help:
            "Where the handshake names the user. Only a token is verified: use the others behind something that does, "
            + "or to develop.",
        where: Grammar.isUserSource)

    static let origins = Setting<[String]>.list(
        "origins", of: "origins like https://example.org, http://localhost:8080, null or chat=https://example.org",
        default: "", defaultNote: "none",
        help: "Web pages that may connect, by exact origin, to all services or to one; programs that are no browsers "
            + "send no origin and always may.",
        where: { Grammar.isOrigin(Grammar.split($0).value) })

    static let loops = Setting<Int>.integer(
        "loops", in: 1...256, default: max(1, ProcessInfo.processInfo.activeProcessorCount),
        defaultNote: "one per core",
        help: "Event loops, each a thread with its own sockets.")
}
