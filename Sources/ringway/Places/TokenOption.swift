import ArgumentParser
import Foundation
import Operations

/// `--token-file`.
struct TokenOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with the registry's bearer tokens; the first one for the service is sent. Also RINGWAY_TOKEN_FILE; that "
                + "of a running `ringway dev` is found by itself.", valueName: "path"))
    var tokenFile: String?

    /// The token to send when calling about a service; `nil` if no file is named.
    ///
    /// - Parameter isDev: whether the registry that is called is that of a running `ringway dev`; its token goes to no other.
    func token(for service: String, ofDev isDev: Bool) throws(Failure) -> AccessToken? {
        let environment = ProcessInfo.processInfo.environment["RINGWAY_TOKEN_FILE"] ?? ""
        let named = tokenFile ?? (environment.isEmpty ? nil : environment)
        guard let path = named ?? (isDev ? DevFolder.running().first?.tokenFile : nil) else { return nil }
        return try Self.read(path, for: service)
    }

    /// The first token of a file that is good for a service.
    static func read(_ path: String, for service: String) throws(Failure) -> AccessToken {
        let tokens: [AccessToken]
        do throws(UnusableFile) {
            tokens = try ReloadableFile(path) { try SecretLines.tokens($0) }.current
        } catch {
            throw Failure("\(error)")
        }
        guard let token = tokens.first(for: service) else { throw Failure("\(path) holds no token for \(service)") }
        return token
    }
}
