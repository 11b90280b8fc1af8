/// Who may connect, and as whom: settings of the gateway and of the node's direct port.
///
/// A value that differs between services is written `service=VALUE`; one without a service is for all others.
public enum IdentitySettings {
    /// One value, for a service or for all others.
    public struct Entry: Sendable, Hashable {
        /// The service it is for; nil for all that have none of their own.
        public let service: String?
        /// The value.
        public let value: String
    }

    /// The keys that tokens are checked with.
    public static let keys = list(
        "jwt-keys", of: "paths, or service=path",
        help: "Files with the keys of tokens: a public key in PEM, a JSON key set, or a secret. With them every client "
            + "needs a token. Read again on SIGHUP.")

    /// The algorithm of the keys.
    public static let algorithm = Setting<String>.choice(
        "jwt-algorithm", of: ["auto", "HS256", "RS256", "ES256", "EdDSA"], default: "auto",
        help: "Algorithm of the keys. auto takes each key's own; a bare secret must be announced by HS256.")

    /// What `iss` must be.
    public static let issuer = list(
        "jwt-issuer", of: "issuers, or service=issuer",
        help: "What a token's iss must be; without it the key alone says whose tokens are good.")

    /// What must be in `aud`.
    public static let audience = list(
        "jwt-audience", of: "audiences, or service=audience", note: "the service's name",
        help: "What a token's aud must contain. Two services never share one: a token for one must not open the other.")

    /// The claim that names the user.
    public static let userClaim = Setting<String>.text(
        "jwt-user-claim", form: "1…128 printable characters", default: "sub",
        help: "Claim that names the user, by the rules for users.",
        where: { (1...128).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } })

    static let all: [any DeclaredSetting] = [keys, algorithm, issuer, audience, userClaim]

    /// The origins with the services they are for.
    public static func origins(_ settings: Settings) -> [Entry] { settings[SharedSettings.origins].map(entry) }

    /// A list's entries with the services they are for.
    public static func entries(_ setting: Setting<[String]>, _ settings: Settings) -> [Entry] {
        settings[setting].map(entry)
    }

    private static func entry(_ text: String) -> Entry {
        let parts = Grammar.split(text)
        return Entry(service: parts.service, value: parts.value)
    }

    private static func list(
        _ name: String, of form: String, note: String = "none", help: String
    ) -> Setting<[String]> {
        Setting(name, form: form + ", with commas between", default: "", defaultNote: note, help: help) {
            text throws(MalformedSetting) in
            if text.isEmpty { return [] }
            let entries = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let services = entries.map { Grammar.split($0).service }
            guard entries.allSatisfy({ !Grammar.split($0).value.isEmpty }), Set(services).count == services.count else {
                throw MalformedSetting(expected: form + ", with commas between, one for each service")
            }
            return entries
        }
    }
}
