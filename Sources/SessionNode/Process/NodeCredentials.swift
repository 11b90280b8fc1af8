import CTLS
import ClusterModel
import Operations
import SessionLink

/// By what a node knows its peers and whoever asks its admin port, and what it shows to a registry; read from files.
struct NodeCredentials: Sendable {
    /// By what gateways, other nodes and the registry are known.
    let trust: LinkTrust
    /// By what askers of the admin port are known.
    let access: AdminAccess
    /// What is sent to a registry; `nil` where it takes no tokens.
    let registryTokens: ReloadableFile<[AccessToken]>?
    /// By what the registry knows this run of the node.
    let proofKey: ProofKey

    init(_ launch: Launch) throws {
        let settings = launch.settings
        let links = try settings.secrets(TrustSettings.linkSecretFile, most: LinkSecrets.maxCount) { LinkSecrets($0) }
        let admin = try settings.tokens(TrustSettings.adminTokenFile)
        registryTokens = try settings.tokens(TrustSettings.registryTokenFile)
        let isProven = TLSSettings.provesLinks(settings)
        trust = LinkTrust(isProvenByCertificates: isProven) { links?.current ?? .none }
        access = AdminAccess(tokens: admin, hosts: settings[TrustSettings.adminHosts])
        proofKey = try ProofKey.random()
        launch.keep("link secrets", links)
        launch.keep("admin tokens", admin)
        launch.keep("registry tokens", registryTokens)
    }
}

extension ProofKey {
    private struct NoRandomBytes: Error, CustomStringConvertible {
        let description = "the system gives no random bytes"
    }

    /// A key that nobody else has.
    static func random() throws -> ProofKey {
        var bytes = [UInt8](repeating: 0, count: ProofKey.count)
        guard ctls_random(&bytes, bytes.count) == 0, let key = ProofKey(bytes) else { throw NoRandomBytes() }
        return key
    }
}
