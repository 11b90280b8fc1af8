/// How our own processes know each other: link secrets, tokens for writes, networks that nodes may stand in.
public enum TrustSettings {
    /// What all processes of a cluster share.
    public static let linkSecretFile = secretFile(
        "link-secret-file",
        help: "File with the secret that the cluster's processes prove on links, one per line, the first in use; "
            + "without it links stay on loopback.")

    /// What the registry takes for writes.
    public static let tokenFile = secretFile(
        "token-file",
        help: "File with the bearer tokens that may write, one per line, TOKEN or SERVICE:TOKEN; "
            + "without it the registry stays on loopback and everybody there may write.")

    /// What nodes and gateways send to the registry.
    public static let registryTokenFile = secretFile(
        "registry-token-file",
        help: "File whose first token for the service is sent to the registry.")

    /// What an admin port takes.
    public static let adminTokenFile = secretFile(
        "admin-token-file",
        help:
            "File with the bearer tokens of the admin port, one per line: for writes, and off loopback for everything "
            + "but /livez.")

    /// Names of an admin port that is not on loopback.
    public static let adminHosts = Setting<[String]>.list(
        "admin-hosts", of: "host names", default: "", defaultNote: "none",
        help: "Names by which an HTTP port that is not on loopback may be asked for, besides its addresses.",
        where: Grammar.isHostName)

    /// Where nodes may stand.
    public static let networks = Setting<[String]>.list(
        "networks", of: "networks like 10.0.0.0/8 or fd00::/8", default: "",
        defaultNote: "loopback if --host is, else the private networks",
        help: "Networks in which a node's addresses must lie; link-local and metadata addresses are refused in any.",
        where: { $0.contains("/") })

    static let gateway: [any DeclaredSetting] = [
        linkSecretFile, registryTokenFile, adminTokenFile, adminHosts,
    ]
    static let node: [any DeclaredSetting] = [linkSecretFile, registryTokenFile, adminTokenFile, adminHosts]
    static let registry: [any DeclaredSetting] = [linkSecretFile, tokenFile, networks, adminHosts]

    /// A port that others can reach takes links, or leads to them: without a secret anybody would be one of us.
    static func needsLinkSecret(_ host: Setting<String>) -> SettingRule {
        SettingRule(needs: [host, linkSecretFile]) { settings in
            if Grammar.isLoopback(settings[host]) || !settings[linkSecretFile].isEmpty { return nil }
            if TLSSettings.provesLinks(settings) { return nil }
            return settings.problem(
                host, "is not loopback, so links need a secret: give --link-secret-file, the same to every process")
        }
    }

    /// A port that others can reach answers only who has a token.
    static func needsTokens(_ host: Setting<String>, _ tokens: Setting<String>) -> SettingRule {
        SettingRule(needs: [host, tokens]) { settings in
            if Grammar.isLoopback(settings[host]) || !settings[tokens].isEmpty { return nil }
            return settings.problem(host, "is not loopback, so its callers need tokens: give \(tokens.flag)")
        }
    }

    private static func secretFile(_ name: String, help: String) -> Setting<String> {
        .text(name, form: "a path", default: "", defaultNote: "none", help: help)
    }
}
