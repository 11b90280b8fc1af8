/// The environment names that the `ringway` command looks at; its flags are its own, per verb.
public enum CommandSettings {
    /// Gateways to try, for example `127.0.0.1:7000`.
    public static let gateway = Setting<String>.text(
        "gateway", form: "a URL or host:port", default: "127.0.0.1:7000", help: "Gateway's data port to talk to.")

    /// The gateway's admin port.
    public static let admin = Setting<String>.text(
        "admin", form: "a URL or host:port", default: "127.0.0.1:7001", help: "Gateway's admin port to talk to.")

    static let all: [any DeclaredSetting] = [
        gateway, admin, NodeSettings.registry, NodeSettings.service, CommonSettings.redisURL, CommonSettings.prefix,
    ]
}
