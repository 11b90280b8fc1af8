/// The settings of `ringway-registry`.
public enum RegistrySettings {
    /// Where the HTTP API listens.
    public static let host = Setting<String>.bindHost(
        "host", help: "Address the HTTP API listens on; any but loopback needs --token-file and --link-secret-file.")

    /// The HTTP API's port; also serves `/livez`, `/readyz` and `/metrics`.
    public static let port = Setting<Int>.port("port", default: 7300, help: "Port of the HTTP API; 0 takes a free one.")

    /// The services this registry looks after from the start.
    public static let services = Setting<[String]>.list(
        "services", of: "service names", default: "chat",
        help: "Services to look after, each with its own ring; those Redis already knows are added.",
        where: Grammar.isServiceName)

    /// How long a node may be silent.
    public static let lease = Setting<Duration>.duration(
        "lease", in: .milliseconds(200)...(.seconds(300)), default: .seconds(3),
        help:
            "How long a node may be silent before it is down; three heartbeats, so that one lost packet changes nothing."
    )

    /// How often nodes report.
    public static let heartbeat = Setting<Duration>.duration(
        "heartbeat", in: .milliseconds(50)...(.seconds(100)), default: .seconds(1),
        help: "How often nodes are asked to report; at most half the lease.")

    /// How long changes are gathered.
    public static let gather = Setting<Duration>.duration(
        "gather", in: .zero...(.seconds(10)), default: .milliseconds(200),
        help: "How long changes are gathered into one epoch (at most five times that while more arrive), "
            + "so that a rack coming up moves users once.")

    static let all: [any DeclaredSetting] =
        [
            host, port, CommonSettings.redisURL, CommonSettings.prefix, services, lease, heartbeat, gather,
        ] + TrustSettings.registry + TLSSettings.registry

    static let rules = [
        SettingRule(needs: [lease, heartbeat]) { settings in
            if settings[heartbeat] * 2 <= settings[lease] { return nil }
            return settings.problem(
                heartbeat,
                "must be at most half of --lease (\(DurationText.text(settings[lease]))), "
                    + "or one lost heartbeat takes a node out of the ring")
        },
        TrustSettings.needsTokens(host, TrustSettings.tokenFile), TrustSettings.needsLinkSecret(host),
    ]
}
