import Operations
import Reactor

/// The TLS of the registry's calls to nodes.
enum ProbeEncryption {
    /// What calls trust and show; nil if links are without TLS. SIGHUP reads the files again.
    static func client(_ launch: Launch) throws(SettingsRefused) -> TLSClient? {
        guard let files = try TLSSettings.links(launch.settings, takesLinks: false) else { return nil }
        let client: TLSClient
        do throws(TLSFilesError) {
            client = try TLSClient(
                .init(
                    trust: files.trust, pair: files.pair.map { TLSPair(chain: $0.chain, key: $0.key) },
                    peerName: files.name))
        } catch {
            throw SettingsRefused([files.problem(error.description, launch.settings)])
        }
        launch.reloads.add("certificates for links") {
            try client.reload()
            return client.expiry == 0 ? "trusted authorities" : "the first one ends at Unix second \(client.expiry)"
        }
        return client
    }
}
