/// Certificates and keys: for clients, and for links. All are read again on SIGHUP.
public enum TLSSettings {
    /// The clients' certificates.
    public static let certificate = paths(
        "tls-cert",
        help: "Certificate chains (PEM, leaf first) for clients, which then come with wss://. The name that a client asks "
            + "for picks one; the first serves everyone else.")

    /// The keys of the clients' certificates.
    public static let key = paths("tls-key", help: "Private keys (PEM, no password) of --tls-cert, in the same order.")

    /// This process's certificate on links.
    public static let linkCertificate = path(
        "link-tls-cert", help: "Certificate chain (PEM, leaf first) that this process shows on links.")

    /// Its key.
    public static let linkKey = path("link-tls-key", help: "Private key (PEM, no password) of --link-tls-cert.")

    /// Who issues link certificates.
    public static let linkTrust = path(
        "link-tls-trust",
        help: "Authorities (PEM) whose certificates are accepted on links, which then are TLS; a node takes links only "
            + "from processes that show such a certificate.")

    /// The name in link certificates.
    public static let linkName = Setting<String>.text(
        "link-tls-name", form: "a host name", default: "", defaultNote: "the host in the node's address",
        help: "Name that every certificate on links is for, where they do not name the nodes' hosts.",
        where: { $0.isEmpty || Grammar.isHostName($0) })

    private static let links: [any DeclaredSetting] = [linkCertificate, linkKey, linkTrust, linkName]
    static let gateway: [any DeclaredSetting] = [certificate, key] + links
    static let node: [any DeclaredSetting] = [certificate, key] + links
    static let registry: [any DeclaredSetting] = links

    /// Whether links are TLS with certificates on both ends, so that they need no shared secret.
    public static func provesLinks(_ settings: Settings) -> Bool {
        !settings[linkCertificate].isEmpty && !settings[linkKey].isEmpty && !settings[linkTrust].isEmpty
    }

    /// Files that belong together, as paths.
    public struct Pair: Hashable, Sendable {
        /// Path of the chain.
        public let chain: String
        /// Path of its key.
        public let key: String
    }

    /// The clients' certificates; empty if clients come without TLS.
    ///
    /// - Throws: `SettingsRefused` if there are not as many keys as certificates.
    public static func clientPairs(_ settings: Settings) throws(SettingsRefused) -> [Pair] {
        let chains = settings[certificate].filter { !$0.isEmpty }
        let keys = settings[key].filter { !$0.isEmpty }
        guard chains.count == keys.count else {
            throw SettingsRefused([
                settings.problem(
                    chains.count > keys.count ? certificate : key,
                    "\(chains.count) certificates and \(keys.count) keys: each certificate needs its key")
            ])
        }
        return zip(chains, keys).map { Pair(chain: $0, key: $1) }
    }

    /// What this process shows on links; nil if it shows nothing.
    ///
    /// - Throws: `SettingsRefused` if one of the two files is missing.
    public static func linkPair(_ settings: Settings) throws(SettingsRefused) -> Pair? {
        let (chain, key) = (settings[linkCertificate], settings[linkKey])
        guard chain.isEmpty == key.isEmpty else {
            throw SettingsRefused([
                settings.problem(
                    chain.isEmpty ? linkKey : linkCertificate,
                    "needs \(chain.isEmpty ? linkCertificate.flag : linkKey.flag) beside it")
            ])
        }
        return chain.isEmpty ? nil : Pair(chain: chain, key: key)
    }

    private static func path(_ name: String, help: String) -> Setting<String> {
        Setting<String>.text(name, form: "a path", default: "", defaultNote: "none", help: help)
    }

    private static func paths(_ name: String, help: String) -> Setting<[String]> {
        Setting<[String]>.list(name, of: "paths", default: "", defaultNote: "none", help: help, where: { _ in true })
    }
}
