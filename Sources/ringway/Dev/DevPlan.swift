import Foundation

/// What a service's settings should be; `nil` leaves one as it is.
struct ServiceWishes: Sendable {
    var plan: String?
    var delivery: String?

    /// The body of the settings call, `nil` if nothing is wished.
    var body: [UInt8]? {
        let members = [("plan", plan), ("delivery", delivery)].compactMap { name, value in
            value.map { "\"\(name)\":\"\($0)\"" }
        }
        return members.isEmpty ? nil : Array("{\(members.joined(separator: ","))}".utf8)
    }
}

/// Which processes a `ringway dev` consists of, and with which flags.
struct DevPlan: Sendable {
    let redis: RedisChoice
    let folder: DevFolder
    /// Of each service.
    let nodes: Int
    let gateways: Int
    let services: [String]
    let prefix: String
    let application: String
    let logLevel: String
    let settings: ServiceWishes

    /// How long a node takes to hand its sessions away at the end: long enough to be seen, short enough to wait for.
    static let drainOver = "2s"

    /// The children in the order of starting. Ports other verbs look at first are taken if they are free.
    func children() throws(Failure) -> [Child] {
        var children: [Child] = []
        if case .own(let port) = redis {
            children.append(try RedisChoice.child(port: port, folder: folder.redis))
        }
        children.append(
            try ours(
                "registry", .registry, ["--port", "\(FreePort.prefer(7300))"] + servicesFlag + token("--token-file")))
        for index in 0..<gateways {
            let ports = [
                "--port", "\(FreePort.prefer(7000 + 2 * index))", "--admin-port",
                "\(FreePort.prefer(7001 + 2 * index))",
            ]
            let name = "gateway-\(index + 1)"
            children.append(
                try ours(
                    name, .gateway,
                    ["--id", name] + ports + servicesFlag + token("--registry-token-file")))
        }
        for service in services {
            for index in 0..<nodes {
                // One service needs no name in front; several must not share node names, or people mix them up.
                let name = services.count == 1 ? "node-\(index + 1)" : "\(service)-\(index + 1)"
                var node = try ours(
                    name, .node,
                    [
                        "--id", name, "--service", service, "--link-port", "0", "--port", "0", "--admin-port", "0",
                        "--application", application, "--drain-over", Self.drainOver,
                    ] + token("--registry-token-file"))
                node.service = service
                children.append(node)
            }
        }
        return children
    }

    /// The children's environment. Redis goes this way and not as a flag: its URL may hold a password, and flags are public.
    func environment(_ own: [String: String]) -> [String: String] {
        var environment = own
        environment["RINGWAY_REDIS_URL"] = redis.url
        environment["RINGWAY_PREFIX"] = prefix
        // A crash must end a child at once; Swift's backtracer would hold it for seconds.
        environment["SWIFT_BACKTRACE"] = "enable=no"
        return environment
    }

    private var servicesFlag: [String] { ["--services", services.joined(separator: ",")] }

    /// The development cluster runs with everything on that a real one has; only a cluster by hand has no secrets.
    private func token(_ flag: String) -> [String] { [flag, folder.tokenFile] }

    private func ours(_ name: String, _ role: Child.Role, _ arguments: [String]) throws(Failure) -> Child {
        let program = try Executables.own("ringway-\(role)")
        let common = ["--link-secret-file", folder.linkSecretFile, "--log-level", logLevel, "--log-format", "text"]
        return Child(name: name, role: role, program: program, arguments: arguments + common)
    }
}
