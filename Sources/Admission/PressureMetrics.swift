import Edge
import Operations
import Reactor

/// What a process that takes clients shows of its bounds; gateways and nodes share the names.
public enum PressureMetrics {
    /// The families; `more` are refusals that the process counts itself.
    public static func families(
        _ budget: ClientBudget, _ bounds: ProcessBounds, refused more: [String: Int] = [:]
    ) -> [MetricFamily] {
        var refused = Dictionary(uniqueKeysWithValues: bounds.caps.refusals.map { ($0.key.rawValue, $0.value) })
        refused.merge(more, uniquingKeysWith: +)
        let pauses = bounds.gate.pauses
        let limits = [
            ("clients", budget.clients), ("clients_per_address", budget.perAddress), ("handshakes", budget.handshakes),
            ("connections", budget.connections), ("descriptors", budget.capacity.descriptors),
            ("queued_bytes", budget.heldBytes),
        ]
        return [
            MetricFamily(
                "ringway_clients_refused_total", .counter,
                help: "Clients turned away or let go of since there are too many of something, by reason.",
                refused.sorted { $0.key < $1.key }.map { .init(Double($0.value), [.init("reason", $0.key)]) }),
            MetricFamily(
                "ringway_connections", .gauge, help: "Connections of clients, handshakes included.",
                value: Double(bounds.gate.openConnections)),
            MetricFamily(
                "ringway_held_bytes", .gauge,
                help: "Memory of queues and of unfinished messages, good to 64 KiB per loop.",
                value: Double(bounds.gate.heldBytes)),
            MetricFamily(
                "ringway_accept_paused", .gauge, help: "Loops that take no clients at the moment.",
                value: Double(bounds.gate.pausedNow)),
            MetricFamily(
                "ringway_accept_pauses_total", .counter, help: "How often a loop stopped taking clients, by reason.",
                AcceptPause.Reason.allCases.map {
                    .init(Double(pauses[$0, default: 0]), [.init("reason", $0.rawValue)])
                }),
            MetricFamily(
                "ringway_limit", .gauge, help: "What this process can hold.",
                limits.map { .init(Double($0.1), [.init("of", $0.0)]) }),
        ]
    }
}
