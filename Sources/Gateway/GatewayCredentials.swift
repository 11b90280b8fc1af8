import Operations
import SessionLink

/// By what a gateway knows nodes, and whoever asks its admin port; read from files.
struct GatewayCredentials: Sendable {
    private let links: ReloadableFile<LinkSecrets>?
    private let admin: ReloadableFile<[AccessToken]>?
    /// What is sent to a registry; `nil` where it takes no tokens.
    let registryTokens: ReloadableFile<[AccessToken]>?
    /// By what nodes are known.
    let trust: LinkTrust
    /// By what askers of the admin port are known.
    let access: AdminAccess

    init(_ launch: Launch) throws(SettingsRefused) {
        let settings = launch.settings
        let links = try settings.secrets(TrustSettings.linkSecretFile, most: LinkSecrets.maxCount) { LinkSecrets($0) }
        let admin = try settings.tokens(TrustSettings.adminTokenFile)
        registryTokens = try settings.tokens(TrustSettings.registryTokenFile)
        self.links = links
        self.admin = admin
        let isProven = TLSSettings.provesLinks(settings)
        trust = LinkTrust(isProvenByCertificates: isProven) { links?.current ?? .none }
        access = AdminAccess(tokens: admin, hosts: settings[TrustSettings.adminHosts])
        launch.keep("link secrets", links)
        launch.keep("admin tokens", admin)
        launch.keep("registry tokens", registryTokens)
    }
}
