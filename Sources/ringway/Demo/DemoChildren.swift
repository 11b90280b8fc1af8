import Foundation

/// With which flags the processes of a demo are started.
struct DemoChildren {
    static let prefix = "ringway-demo"
    static let registry = "registry"

    let folder: DevFolder
    let service: String
    let redisPort: Int

    func redis() throws(Failure) -> Child { try RedisChoice.child(port: redisPort, folder: folder.redis) }

    func registry() throws(Failure) -> Child {
        try ours(
            Self.registry, .registry, ["--port", "0", "--services", service, "--token-file", folder.tokenFile])
    }

    /// - Parameter port: of clients; 0 takes a free one.
    func gateway(_ name: String, port: Int = 0, registry: ServerAddress) throws(Failure) -> Child {
        try ours(
            name, .gateway,
            [
                "--id", name, "--port", "\(port)", "--admin-port", "0", "--services", service,
                "--registry", "http://\(registry)", "--registry-token-file", folder.tokenFile,
            ])
    }

    func node(_ name: String, registry: ServerAddress) throws(Failure) -> Child {
        var node = try ours(
            name, .node,
            [
                "--id", name, "--service", service, "--link-port", "0", "--port", "0", "--admin-port", "0",
                "--registry", "http://\(registry)", "--registry-token-file", folder.tokenFile, "--drain-over",
                DevPlan.drainOver,
            ])
        node.service = service
        return node
    }

    /// The children's environment: nothing of ours but what the demo sets, so that it is the same everywhere.
    func environment(_ own: [String: String]) -> [String: String] {
        var environment = own.filter { !$0.key.hasPrefix("RINGWAY_") }
        environment["RINGWAY_REDIS_URL"] = RedisChoice.own(port: redisPort).url
        environment["RINGWAY_PREFIX"] = Self.prefix
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return environment
    }

    private func ours(_ name: String, _ role: Child.Role, _ arguments: [String]) throws(Failure) -> Child {
        let common = ["--link-secret-file", folder.linkSecretFile, "--log-level", "warning", "--log-format", "text"]
        return Child(
            name: name, role: role, program: try Executables.own("ringway-\(role)"), arguments: arguments + common)
    }
}
