/// The secrets that the processes of one cluster share, and by which they know each other on links.
///
/// The first signs, all of them are good for checking: so a new one is brought in by standing second everywhere, then
/// first everywhere, and then the old one is left out. None at all means development: see `LinkTrust`.
public struct LinkSecrets: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The fewest bytes of a secret. Of random text, 32 characters are more than 128 bits.
    public static let minBytes = 32
    /// The most secrets: the one in use, its successor, and room for a mistake.
    public static let maxCount = 4

    /// No secret.
    public static let none = LinkSecrets(all: [])

    private let all: [[UInt8]]

    /// One to `maxCount` secrets of at least `minBytes` each; `nil` otherwise.
    public init?(_ secrets: [[UInt8]]) {
        guard (1...LinkSecrets.maxCount).contains(secrets.count),
            secrets.allSatisfy({ $0.count >= LinkSecrets.minBytes })
        else { return nil }
        all = secrets
    }

    private init(all: [[UInt8]]) { self.all = all }

    /// Whether there is none.
    public var isEmpty: Bool { all.isEmpty }

    /// How many, and never which: secrets belong into no log line.
    public var description: String { "\(all.count) link secrets" }
    /// As `description`.
    public var debugDescription: String { description }
    /// No children, for `dump` and for whatever prints a value that holds this one.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// The proof by the first secret. Only where `isEmpty` is false.
    func sign(_ label: LinkProof.Label, caller: LinkNonce, node: LinkNonce, hello: [UInt8]) -> LinkProof {
        guard let secret = all.first else { preconditionFailure("who has no secret is asked for no proof") }
        return LinkProof(label, secret: secret, caller: caller, node: node, hello: hello)
    }

    /// Whether any of the secrets made this proof. All are tried, whichever fits.
    func verify(
        _ proof: LinkProof, _ label: LinkProof.Label, caller: LinkNonce, node: LinkNonce, hello: [UInt8]
    ) -> Bool {
        var fits = false
        for secret in all where LinkProof(label, secret: secret, caller: caller, node: node, hello: hello) == proof {
            fits = true
        }
        return fits
    }
}
