import Foundation

/// What a `ringway dev` asks of its servers over HTTP while they start.
enum DevErrands {
    /// How long the ring may take to hold every node.
    private static let ringBound = Duration.seconds(15)

    /// Gives every service its settings.
    static func configure(
        _ services: [String], _ wishes: ServiceWishes, registry: ServerAddress, tokenFile: String
    ) async throws {
        guard let body = wishes.body else { return }
        for service in services {
            let token = try TokenOption.read(tokenFile, for: service)
            _ = try await ServerCall.send(
                "PUT", "/v1/services/\(service)/settings", to: [registry], role: "registry", body: body, token: token)
        }
    }

    /// Waits until the ring of every service holds its nodes, and every gateway has that ring.
    static func awaitRing(
        _ nodes: [String: Set<String>], registry: ServerAddress, gateways: [ServerAddress]
    ) async throws {
        let end = ContinuousClock.now + ringBound
        for (service, names) in nodes {
            while let missing = await missing(service, names, registry, gateways) {
                guard ContinuousClock.now < end else { throw Failure("\(service): \(missing) after \(ringBound)") }
                // Other processes hold the answer, and they have no way to call here.
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private struct Ring: Decodable {
        struct Node: Decodable { let id: String }
        let epoch: UInt64
        let nodes: [Node]
    }

    private struct Position: Decodable { let epoch: UInt64 }

    /// What is not there yet, in words; nil if all is.
    private static func missing(
        _ service: String, _ names: Set<String>, _ registry: ServerAddress, _ gateways: [ServerAddress]
    ) async -> String? {
        let quick = Duration.seconds(1)
        guard
            let body = try? await ServerCall.send(
                "GET", "/v1/services/\(service)/ring", to: [registry], role: "registry", deadline: quick),
            let ring = try? JSONDecoder().decode(Ring.self, from: Data(body))
        else { return "the registry gives no ring" }
        let absent = names.subtracting(ring.nodes.map(\.id)).sorted()
        guard absent.isEmpty else { return "the ring lacks \(absent.joined(separator: ", "))" }
        for gateway in gateways {
            guard
                let body = try? await ServerCall.send(
                    "GET", "/v1/services/\(service)/where?user=alice", to: [gateway], role: "gateway", deadline: quick),
                let position = try? JSONDecoder().decode(Position.self, from: Data(body)), position.epoch >= ring.epoch
            else { return "gateway \(gateway) has no ring of epoch \(ring.epoch)" }
        }
        return nil
    }
}
