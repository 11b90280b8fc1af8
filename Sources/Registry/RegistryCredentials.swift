import Operations
import SessionLink

/// By what a registry knows nodes on links, and who may write; read from files.
public struct RegistryCredentials: Sendable {
    /// No secret and no token: for a registry on loopback.
    public static let development = RegistryCredentials(links: nil, tokens: nil, access: .open, trust: .development)

    let links: ReloadableFile<LinkSecrets>?
    let tokens: ReloadableFile<[AccessToken]>?
    /// By what callers are known.
    let access: AdminAccess
    /// By what nodes are known.
    let trust: LinkTrust

    init(
        links: ReloadableFile<LinkSecrets>?, tokens: ReloadableFile<[AccessToken]>?, access: AdminAccess,
        trust: LinkTrust
    ) {
        self.links = links
        self.tokens = tokens
        self.access = access
        self.trust = trust
    }

    /// The files that a registry's settings name.
    public init(_ settings: Settings) throws(SettingsRefused) {
        let links = try settings.secrets(TrustSettings.linkSecretFile, most: LinkSecrets.maxCount) { LinkSecrets($0) }
        let tokens = try settings.tokens(TrustSettings.tokenFile)
        self.init(
            links: links, tokens: tokens,
            access: AdminAccess(tokens: tokens, hosts: settings[TrustSettings.adminHosts]),
            trust: LinkTrust(isProvenByCertificates: TLSSettings.provesLinks(settings)) { links?.current ?? .none })
    }

    /// Reads the files again on SIGHUP.
    func keep(with launch: Launch) {
        launch.keep("link secrets", links)
        launch.keep("tokens", tokens)
    }
}
