import Foundation
import Operations
import Reactor

/// The TLS of one gateway or node: towards clients, and on links. Everything is nil where nothing is configured.
public struct Encryption: Sendable {
    /// What the clients' port shows.
    public let clients: TLSServer?
    /// What the link port shows and demands.
    public let linkServer: TLSServer?
    /// What opened links trust and show.
    public let linkClient: TLSClient?

    /// No TLS.
    public init() {
        clients = nil
        linkServer = nil
        linkClient = nil
    }

    /// Reads all files that the settings name.
    ///
    /// - Parameter takesLinks: whether this process has a link port, and so needs a certificate to open it with TLS.
    /// - Throws: `SettingsRefused` with every file that cannot be used.
    public init(_ settings: Settings, takesLinks: Bool) throws(SettingsRefused) {
        var problems: [SettingProblem] = []
        func take<Value>(_ make: () throws(SettingsRefused) -> Value?) -> Value? {
            do throws(SettingsRefused) {
                return try make()
            } catch {
                // The link port and opened links use the same files: what is wrong with them is said once.
                problems += error.problems.filter { !problems.contains($0) }
                return nil
            }
        }
        clients = take { () throws(SettingsRefused) in try Self.clients(settings) }
        let links = take { () throws(SettingsRefused) in try TLSSettings.links(settings, takesLinks: takesLinks) }
        linkServer = take { () throws(SettingsRefused) in takesLinks ? try Self.server(links, settings) : nil }
        linkClient = take { () throws(SettingsRefused) in try Self.client(links, settings) }
        guard problems.isEmpty else { throw SettingsRefused(problems) }
    }

    private static func clients(_ settings: Settings) throws(SettingsRefused) -> TLSServer? {
        let pairs = try TLSSettings.clientPairs(settings)
        if pairs.isEmpty { return nil }
        do throws(TLSFilesError) {
            return try TLSServer(.init(pairs: pairs.map { TLSPair(chain: $0.chain, key: $0.key) }))
        } catch {
            throw SettingsRefused([settings.problem(TLSSettings.certificate, error.description)])
        }
    }

    private static func server(
        _ files: TLSSettings.LinkFiles?, _ settings: Settings
    ) throws(SettingsRefused) -> TLSServer? {
        guard let files, let pair = files.pair else { return nil }
        do throws(TLSFilesError) {
            return try TLSServer(
                .init(pairs: [TLSPair(chain: pair.chain, key: pair.key)], trust: files.trust, peerName: files.name))
        } catch {
            throw SettingsRefused([files.problem(error.description, settings)])
        }
    }

    private static func client(
        _ files: TLSSettings.LinkFiles?, _ settings: Settings
    ) throws(SettingsRefused) -> TLSClient? {
        guard let files else { return nil }
        do throws(TLSFilesError) {
            return try TLSClient(
                .init(
                    trust: files.trust, pair: files.pair.map { TLSPair(chain: $0.chain, key: $0.key) },
                    peerName: files.name))
        } catch {
            throw SettingsRefused([files.problem(error.description, settings)])
        }
    }

    /// SIGHUP reads the files again.
    public func register(with reloads: Reloads) {
        if let clients {
            reloads.add("certificates for clients") {
                try clients.reload()
                return "valid until \(Self.date(clients.expiry))"
            }
        }
        if linkServer != nil || linkClient != nil {
            reloads.add("certificates for links") { [linkServer, linkClient] in
                try linkServer?.reload()
                try linkClient?.reload()
                let expiry = linkServer?.expiry ?? linkClient?.expiry ?? 0
                return expiry == 0 ? "trusted authorities" : "valid until \(Self.date(expiry))"
            }
        }
    }

    private static func date(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
    }
}
