import Admission
import ClusterModel
import Operations
import RedisLink
import RingSync

/// What a gateway shows at `/metrics`.
enum GatewayMetrics {
    static func families(_ fleet: GatewayFleet, _ subscribers: [RingSubscriber]) async -> [MetricFamily] {
        let loops = await fleet.counters()
        let views = subscribers.map { subscriber in
            let ring = subscriber.cache.current
            return RingMetrics.View(
                service: subscriber.cache.service.text, epoch: ring?.epoch.value, age: subscriber.cache.age,
                nodes: ring?.nodes.count ?? 0, refusals: subscriber.cache.refusals)
        }
        let redisUp = subscribers.allSatisfy { $0.redis == .up && $0.subscription == .up }
        return RingMetrics.families(views, redisUp: redisUp) + traffic(fleet, loops)
            + EncryptionMetrics.families(fleet.shared.encryption, loops.map(\.tls))
    }

    private static func traffic(_ fleet: GatewayFleet, _ loops: [GatewayCounters]) -> [MetricFamily] {
        func sum(_ number: (GatewayCounters) -> Int) -> Double { Double(loops.reduce(0) { $0 + number($1) }) }
        var closes: [CloseCode: Int] = [:]
        var refused: [Int: Int] = [:]
        var violations: [CloseCode: Int] = [:]
        for loop in loops {
            violations.merge(loop.violations, uniquingKeysWith: +)
            closes.merge(loop.edge.closes, uniquingKeysWith: +)
            refused.merge(loop.edge.refused, uniquingKeysWith: +)
        }
        var sessions: [MetricFamily.Sample] = []
        var messages: [MetricFamily.Sample] = []
        for (index, service) in fleet.shared.services.enumerated() {
            let label = MetricFamily.Label("service", service.name.text)
            sessions.append(.init(sum { $0.traffic[index].sessions }, [label]))
            messages.append(.init(sum { $0.traffic[index].messagesIn }, [label, .init("direction", "in")]))
            messages.append(.init(sum { $0.traffic[index].messagesOut }, [label, .init("direction", "out")]))
        }
        return [
            MetricFamily("ringway_sessions", .gauge, help: "Sessions carried now.", sessions),
            MetricFamily("ringway_messages_total", .counter, help: "Messages from and to clients.", messages),
            MetricFamily(
                "ringway_handshakes_total", .counter, help: "WebSockets opened.", value: sum { $0.edge.accepted }),
            MetricFamily(
                "ringway_refusals_total", .counter, help: "Requests refused, by status.",
                refused.sorted { $0.key < $1.key }.map { .init(Double($0.value), [.init("status", "\($0.key)")]) }),
            MetricFamily(
                "ringway_closes_total", .counter, help: "WebSockets ended, by close code.",
                closes.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    .init(Double($0.value), [.init("code", "\($0.key.rawValue)")])
                }),
            MetricFamily(
                "ringway_leg_violations_total", .counter,
                help: "Sessions ended because their node broke a rule of their messages, by the rule's close code.",
                violations.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    .init(Double($0.value), [.init("code", "\($0.key.rawValue)")])
                }),
            MetricFamily("ringway_links", .gauge, help: "Links to nodes that are ready.", value: sum { $0.links }),
            MetricFamily(
                "ringway_queue_bytes", .gauge, help: "Bytes that wait to be sent, clients and links together.",
                value: sum { $0.queuedBytes }),
        ]
    }
}
