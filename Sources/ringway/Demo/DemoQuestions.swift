import ClusterModel
import Foundation
import HashRing

/// What a demo asks of its servers over HTTP.
struct DemoQuestions: Sendable {
    let registry: ServerAddress
    let tokenFile: String
    let service: String

    /// The metric that nodes count their misplaced sessions with.
    static let misplacedMetric = "ringway_misplaced_sessions"

    /// Gives the service its plan.
    ///
    /// - Throws: `Failure` if the registry does not take it, with what it says.
    func configure(_ plan: DemoPlan, closeOver: Duration) async throws {
        let milliseconds =
            closeOver.components.seconds * 1000 + closeOver.components.attoseconds / 1_000_000_000_000_000
        _ = try await call(
            "PUT", "settings", body: Array(#"{"plan":"\#(plan.setting)","close_over_ms":\#(milliseconds)}"#.utf8))
    }

    func drain(_ node: String) async throws { _ = try await call("POST", "nodes/\(node)/drain") }

    /// Sessions on another node than the ring names: what all nodes together count, nil if one of them does not.
    func misplacedByNodes(_ nodes: [ServerAddress]) async throws -> Int? {
        var sum = 0
        for node in nodes {
            let body = try await ServerCall.send("GET", "/metrics", to: [node], role: "node")
            guard let count = Self.sample(Self.misplacedMetric, in: String(decoding: body, as: UTF8.self)) else {
                return nil
            }
            sum += count
        }
        return sum
    }

    /// The same from what clients were told: right as long as a session ends with its connection.
    func misplacedByWelcomes(_ nodes: [Int: String]) async throws -> Int {
        let snapshot = try RingSnapshot(bytes: try await call("GET", "ring"), for: try ServiceName(service))
        return try nodes.count { user, node in
            snapshot.owner(of: try UserKey(DemoMember.name(user)))?.id.description != node
        }
    }

    /// The sum of a metric's samples; nil if there is none.
    static func sample(_ name: String, in text: String) -> Int? {
        let values = text.split(separator: "\n").filter { $0.hasPrefix(name + "{") || $0.hasPrefix(name + " ") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        return values.isEmpty ? nil : Int(values.reduce(0, +))
    }

    private func call(_ method: String, _ path: String, body: [UInt8] = []) async throws(Failure) -> [UInt8] {
        try await ServerCall.send(
            method, "/v1/services/\(service)/\(path)", to: [registry], role: "registry", body: body,
            token: try TokenOption.read(tokenFile, for: service))
    }
}
