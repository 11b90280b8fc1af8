import ArgumentParser
import Foundation

/// Where a verb finds its servers: its flag, then the environment, then a `ringway dev` that runs now, then the default port.
enum Places {
    /// The first of the four that says something.
    static func addresses(
        flag: (name: String, value: String?), environment name: String, dev: (DevCluster) -> [String],
        default fallback: String
    ) throws(Failure) -> [ServerAddress] {
        if let value = flag.value { return try list(value, from: flag.name) }
        let environment = ProcessInfo.processInfo.environment[name] ?? ""
        if !environment.isEmpty { return try list(environment, from: name) }
        if let cluster = DevFolder.running().first {
            return try dev(cluster).map { text throws(Failure) in try ServerAddress(text, from: "ringway dev") }
        }
        return [try ServerAddress(fallback, from: "default")]
    }

    private static func list(_ text: String, from source: String) throws(Failure) -> [ServerAddress] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return try parts.map { part throws(Failure) in try ServerAddress(part, from: source) }
    }
}

/// `--gateway`.
struct GatewayOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Gateway's data port; several with commas, tried in turn. Also RINGWAY_GATEWAY; a running `ringway dev` is "
                + "found by itself; else 127.0.0.1:7000.", valueName: "host:port"))
    var gateway: String?

    /// The gateways to try, at least one.
    func addresses() throws(Failure) -> [ServerAddress] {
        try Places.addresses(
            flag: ("--gateway", gateway), environment: "RINGWAY_GATEWAY", dev: { $0.gateways.map(\.data) },
            default: "127.0.0.1:7000")
    }
}

/// `--registry`.
struct RegistryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Registry; several with commas, tried in turn. Also RINGWAY_REGISTRY; a running `ringway dev` is found by "
                + "itself; else 127.0.0.1:7300.", valueName: "host:port"))
    var registry: String?

    /// Whether nobody names a registry, so that a running `ringway dev` is looked for.
    var isFound: Bool {
        registry == nil && (ProcessInfo.processInfo.environment["RINGWAY_REGISTRY"] ?? "").isEmpty
    }

    /// The registries to try, at least one.
    func addresses() throws(Failure) -> [ServerAddress] {
        try Places.addresses(
            flag: ("--registry", registry), environment: "RINGWAY_REGISTRY", dev: { [$0.registry] },
            default: "127.0.0.1:7300")
    }
}

/// `--service`.
struct ServiceOption: ParsableArguments {
    @Option(help: "Service: the ring to talk about. Also RINGWAY_SERVICE.")
    var service: String = ProcessInfo.processInfo.environment["RINGWAY_SERVICE"] ?? "chat"
}
