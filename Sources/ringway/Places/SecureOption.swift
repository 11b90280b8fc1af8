import ArgumentParser
import Reactor

/// `--trust` and `--tls`: WebSockets over TLS.
struct SecureOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Authorities (PEM) that the server's certificate must come from; the gateway is then reached with wss://.",
            valueName: "file"))
    var trust: String?

    @Flag(help: "Reach the gateway with wss:// and trust whom the system trusts.")
    var tls = false

    /// Whether a gateway that is named without a scheme is reached with TLS.
    var isSecure: Bool { tls || trust != nil }

    /// What secure connections trust.
    ///
    /// - Throws: `Failure` if the file cannot be used.
    func client() throws(Failure) -> TLSClient {
        do { return try TLSClient(.init(trust: trust)) } catch { throw Failure("--trust: \(error)") }
    }
}
