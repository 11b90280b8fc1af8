/// The settings of `ringway-node`.
public enum NodeSettings {
    /// The node's id, the name its points on the ring are made from.
    public static let id = Setting<String>.text(
        "id", form: "1…128 letters, digits, dots, colons, dashes", default: nil,
        help: "name of this node on the ring; keep it over restarts, or users move.", where: Grammar.isNodeID)

    /// The service it belongs to.
    public static let service = Setting<String>.text(
        "service", form: "a service name", default: "chat", help: "Service whose users this node holds.",
        where: Grammar.isServiceName)

    /// Where all its ports listen.
    public static let host = Setting<String>.bindHost(
        "host", help: "Address for links and direct clients; any but loopback needs --link-secret-file.")

    /// Gateways and other nodes connect here.
    public static let linkPort = Setting<Int>.port(
        "link-port", default: 7100, help: "Port for gateways and other nodes; 0 takes a free one.")

    /// Clients that come directly connect here.
    public static let port = Setting<Int>.port(
        "port", default: 7200, help: "Port for clients that connect directly; 0 takes a free one.")

    /// Where the admin port listens.
    public static let adminHost = GatewaySettings.adminHost

    /// The admin port.
    public static let adminPort = Setting<Int>.port(
        "admin-port", default: 7101, help: "Port of /livez, /readyz and /metrics; 0 takes a free one.")

    /// What others are told to connect to.
    public static let advertiseHost = Setting<String>.host(
        "advertise-host", default: "", defaultNote: "the value of --host",
        help: "Host that the ring names for this node, where it differs from the address it listens on.")

    /// The registries to report to.
    public static let registry = Setting<[String]>.list(
        "registry", of: "http:// URLs", default: "http://127.0.0.1:7300",
        help: "Registries to report to; the next one is tried when one does not answer.",
        where: { Grammar.isURL($0, schemes: ["http://"]) })

    /// The node's share.
    public static let weight = Setting<Int>.integer(
        "weight", in: 0...10000, default: 100,
        help: "Share of the ring, in percent of an ordinary node; 0 owns nothing.")

    /// The failure domain.
    public static let zone = Setting<String>.text(
        "zone", form: "up to 64 letters, digits, dots, dashes", default: "",
        help: "Failure domain (rack, availability zone) that standbys should not share.", where: Grammar.isZone)

    /// Where the user's name comes from on the direct port.
    public static let userFrom = SharedSettings.userFrom

    /// Which web pages may connect to the direct port.
    public static let origins = SharedSettings.origins

    /// What the node does with messages.
    public static let application = Setting<String>.choice(
        "application", of: ["messenger", "echo"], default: "messenger",
        help: "messenger carries messages from user to user; echo sends each frame back, for measurements.")

    /// Event loops.
    public static let loops = SharedSettings.loops

    /// How long the way out takes.
    public static let drainOver = Setting<Duration>.duration(
        "drain-over", in: .zero...(.seconds(3600)), default: .seconds(10),
        help: "Time over which sessions are handed away on SIGTERM, so that clients do not all come back at once.")

    static let all: [any DeclaredSetting] =
        [
            id, service, host, linkPort, port, adminHost, adminPort, advertiseHost, registry, CommonSettings.redisURL,
            CommonSettings.prefix, weight, zone, userFrom, origins, application, loops, drainOver,
        ] + IdentitySettings.all + LimitSettings.node + TLSSettings.node + TrustSettings.node

    static let rules = [
        TrustSettings.needsLinkSecret(host), TrustSettings.needsTokens(adminHost, TrustSettings.adminTokenFile),
    ]
}
