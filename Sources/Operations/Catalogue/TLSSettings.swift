/// Certificates and keys: for clients, and for links. All are read again on SIGHUP.
public enum TLSSettings {
    /// The clients' certificates.
    public static let certificate = paths(
        "tls-cert",
        help:
            "Certificate chains (PEM, leaf first) for clients, which then come with wss://. The name that a client asks "
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
        let chains = settings[certificate]
        let keys = settings[key]
        guard chains.count == keys.count else {
            throw SettingsRefused([
                settings.problem(
                    chains.count > keys.count ? certificate : key,
                    "\(chains.count) certificates and \(keys.count) keys: each certificate needs its key")
            ])
        }
        return zip(chains, keys).map { Pair(chain: $0, key: $1) }
    }

    /// The files for links.
    public struct LinkFiles: Hashable, Sendable {
        /// What this process shows; nil: nothing.
        public let pair: Pair?
        /// Whom it trusts; nil: whom the system trusts.
        public let trust: String?
        /// The name that every link certificate is for; nil: the node's host.
        public let name: String?

        /// The problem that a file of these made.
        public func problem(_ text: String, _ settings: Settings) -> SettingProblem {
            let isTrust = trust.map { text.contains($0) } ?? false
            return settings.problem(isTrust ? linkTrust : linkCertificate, text)
        }
    }

    /// The files for links; nil if links are without TLS.
    ///
    /// - Parameter takesLinks: whether this process has a link port, which needs a certificate.
    /// - Throws: `SettingsRefused` if a file is missing beside another.
    public static func links(_ settings: Settings, takesLinks: Bool) throws(SettingsRefused) -> LinkFiles? {
        let (chain, key, trust) = (settings[linkCertificate], settings[linkKey], settings[linkTrust])
        guard chain.isEmpty == key.isEmpty else {
            let (given, missing) = chain.isEmpty ? (linkKey, linkCertificate) : (linkCertificate, linkKey)
            throw SettingsRefused([settings.problem(given, "needs \(missing.flag) beside it")])
        }
        if chain.isEmpty, trust.isEmpty { return nil }
        guard !chain.isEmpty || !takesLinks else {
            let text = "a node that takes links with TLS needs \(linkCertificate.flag) and \(linkKey.flag) too"
            throw SettingsRefused([settings.problem(linkTrust, text)])
        }
        let name = settings[linkName]
        return LinkFiles(
            pair: chain.isEmpty ? nil : Pair(chain: chain, key: key), trust: trust.isEmpty ? nil : trust,
            name: name.isEmpty ? nil : name)
    }

    private static func path(_ name: String, help: String) -> Setting<String> {
        Setting<String>.text(name, form: "a path", default: "", defaultNote: "none", help: help)
    }

    private static func paths(_ name: String, help: String) -> Setting<[String]> {
        Setting<[String]>.list(name, of: "paths", default: "", defaultNote: "none", help: help, where: { _ in true })
    }
}
