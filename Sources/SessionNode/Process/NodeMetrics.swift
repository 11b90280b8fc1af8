import Admission
import ClusterModel
import Operations
import RingSync

/// What a node shows at `/metrics`.
enum NodeMetrics {
    /// - Parameter pressure: the families of the process's bounds, given how often a user had too many sessions.
    static func families(
        _ fleet: NodeFleet, _ subscriber: RingSubscriber, pressure: (_ refusedUsers: Int) -> [MetricFamily]
    ) async -> [MetricFamily] {
        let loops = await fleet.numbers()
        let ring = subscriber.cache.current
        let view = RingMetrics.View(
            service: subscriber.cache.service.text, epoch: ring?.epoch.value, age: subscriber.cache.age,
            nodes: ring?.nodes.count ?? 0, refusals: subscriber.cache.refusals)
        let redisUp =
            subscriber.redis == .up && subscriber.subscription == .up && loops.allSatisfy { $0.broadcastIsUp ?? true }
        let refusedUsers = loops.reduce(0) { $0 + $1.counters.tooManySessions }
        return RingMetrics.families([view], redisUp: redisUp) + traffic(subscriber.cache.service, loops)
            + pressure(refusedUsers) + EncryptionMetrics.families(fleet.encryption, loops.map(\.tls))
    }

    private static func traffic(_ service: ServiceName, _ loops: [NodeLoop.Numbers]) -> [MetricFamily] {
        func sum(_ number: (NodeLoop.Numbers) -> Int) -> Double { Double(loops.reduce(0) { $0 + number($1) }) }
        let total = loops.reduce(into: NodeCounters()) { $0.add($1.counters) }
        let violations = loops.reduce(into: [:]) { $0.merge($1.violations, uniquingKeysWith: +) }
        let name = MetricFamily.Label("service", service.text)
        return [
            MetricFamily("ringway_sessions", .gauge, help: "Sessions held now.", [.init(sum { $0.sessions }, [name])]),
            MetricFamily(
                "ringway_misplaced_sessions", .gauge,
                help: "Sessions held here whose owner is another node by the ring in force.",
                [.init(sum { $0.misplaced }, [name])]),
            MetricFamily(
                "ringway_messages_total", .counter, help: "Messages from and to clients.",
                [
                    .init(Double(total.messagesIn), [name, .init("direction", "in")]),
                    .init(Double(total.messagesOut), [name, .init("direction", "out")]),
                ]),
            MetricFamily(
                "ringway_closes_total", .counter, help: "Sessions ended, by close code.",
                total.closes.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    .init(Double($0.value), [.init("code", "\($0.key.rawValue)")])
                }),
            MetricFamily(
                "ringway_forwards_total", .counter, help: "Messages handed to other nodes and loops, by result.",
                total.forwards.sorted { $0.key < $1.key }.map { .init(Double($0.value), [.init("result", $0.key)]) }),
            MetricFamily(
                "ringway_moved_total", .counter,
                help: "Sessions and clients that came to this node while another was their owner.",
                value: Double(total.moved)),
            MetricFamily(
                "ringway_broadcasts_unreadable_total", .counter,
                help: "Messages of the delivery mode broadcast that made no sense.",
                value: Double(total.unreadableBroadcasts)),
            MetricFamily(
                "ringway_handshakes_total", .counter, help: "WebSockets opened on the direct port.",
                value: sum { $0.edge.accepted }),
            MetricFamily(
                "ringway_incomplete_messages", .gauge,
                help: "Large messages that gateways have begun and not ended.", value: sum { $0.incomplete }),
            MetricFamily(
                "ringway_leg_violations_total", .counter,
                help: "Sessions ended because their gateway broke a rule of their messages, by the rule's close code.",
                violations.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    .init(Double($0.value), [.init("code", "\($0.key.rawValue)")])
                }),
            MetricFamily("ringway_links", .gauge, help: "Links, taken and opened.", value: sum { $0.links }),
            MetricFamily(
                "ringway_queue_bytes", .gauge, help: "Bytes that wait to be sent, clients and links together.",
                value: sum { $0.queuedBytes }),
        ]
    }
}
