import Foundation

/// Where everything of one `ringway dev` is: what it writes down, and what other verbs find their servers with.
struct DevCluster: Codable, Sendable {
    /// One process that takes clients.
    struct Gateway: Codable, Sendable {
        let id: String
        let pid: Int32
        let data: String
        let admin: String
    }

    /// One process that holds sessions.
    struct Node: Codable, Sendable {
        let id: String
        let service: String
        let pid: Int32
        let link: String
        let direct: String
        let admin: String
    }

    /// The process of `ringway dev` itself.
    let pid: Int32
    /// Milliseconds since 1970.
    let startedAt: Int64
    let prefix: String
    let services: [String]
    /// Without a password.
    let redis: String
    let registry: String
    let registryPID: Int32
    /// The files with what proves that somebody belongs to this cluster; only their user can read them.
    let tokenFile: String
    let linkSecretFile: String
    let gateways: [Gateway]
    let nodes: [Node]

    /// The members in the order a person reads them, on one line.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A value of strings and integers always has a JSON form.
        guard let bytes = try? encoder.encode(self) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
