/// Who may ask what of an admin port, besides what its address already says.
public struct AdminAccess: Sendable {
    /// Nobody needs a token: for ports on loopback, in development.
    public static let open = AdminAccess(tokens: nil)

    private let tokens: (@Sendable () -> [AccessToken])?
    /// Names by which a port that is not on loopback may be asked for, in lower case.
    let hosts: Set<String>

    /// Access by the tokens of a file, as they are at the time of each request; `nil`: no tokens.
    public init(tokens: ReloadableFile<[AccessToken]>?, hosts: [String] = []) {
        self.tokens = tokens.map { file in { @Sendable in file.current } }
        self.hosts = Set(hosts.map { $0.lowercased() })
    }

    /// Access by these tokens; for tests.
    init(_ tokens: [AccessToken], hosts: [String] = []) {
        self.tokens = { tokens }
        self.hosts = Set(hosts)
    }

    /// Whether there are tokens at all.
    var hasTokens: Bool { tokens != nil }

    /// What a request's credentials are good for.
    enum Verdict: Equatable {
        case granted
        /// There is no token, or more than one, or another scheme.
        case missing
        /// Nobody's token.
        case unknown
        /// A token, but for another service.
        case otherService
    }

    /// Judges the `Authorization` fields of a request about `service`, `nil` for one that is about none.
    func verdict(_ authorization: [String], service: String?) -> Verdict {
        guard authorization.count == 1, let given = Self.bearer(authorization[0]) else { return .missing }
        var verdict = Verdict.unknown
        // All are compared, whichever fits.
        for token in tokens?() ?? [] where ConstantTime.equal(given, token.bytes) {
            let fits = token.service == nil || token.service == service
            if fits { verdict = .granted } else if verdict != .granted { verdict = .otherService }
        }
        return verdict
    }

    /// The token of `Bearer TOKEN` (RFC 6750 §2.1); the scheme in any case, one space.
    private static func bearer(_ field: String) -> [UInt8]? {
        let parts = field.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer", !parts[1].isEmpty else { return nil }
        return Array(parts[1].utf8)
    }
}
