/// By what a process knows its peers on links: the secrets of its cluster, or certificates, or, in development, only that
/// they are on the same machine.
public struct LinkTrust: Sendable {
    private let current: @Sendable () -> LinkSecrets
    private let isProvenByCertificates: Bool

    /// Asks `current` at the start of every link, so that new secrets count for new links and end no old ones.
    /// - Parameter isProvenByCertificates: whether links are TLS with certificates on both ends, so that they need no secret.
    public init(isProvenByCertificates: Bool = false, _ current: @escaping @Sendable () -> LinkSecrets) {
        self.current = current
        self.isProvenByCertificates = isProvenByCertificates
    }

    /// No secret: links on the loopback alone.
    public static let development = LinkTrust { .none }

    /// The secrets now.
    public var secrets: LinkSecrets { current() }

    /// Whether a link to or from such an address may be at all.
    public func permits(isLoopback: Bool) -> Bool {
        isLoopback || isProvenByCertificates || !current().isEmpty
    }
}
