/// What a process that follows rings shows of them; gateways and nodes share the names.
public enum RingMetrics {
    /// One service's ring as a process holds it.
    public struct View: Sendable {
        let service: String
        let epoch: UInt64?
        let age: Duration?
        let nodes: Int
        let refusals: [String: Int]

        /// A view; `epoch` and `age` are nil while no ring is held, `refusals` counts by reason.
        public init(service: String, epoch: UInt64?, age: Duration?, nodes: Int, refusals: [String: Int]) {
            self.service = service
            self.epoch = epoch
            self.age = age
            self.nodes = nodes
            self.refusals = refusals
        }
    }

    /// The families; `redisUp` is whether commands are answered and every subscription is alive.
    public static func families(_ views: [View], redisUp: Bool) -> [MetricFamily] {
        func each(_ value: (View) -> Double?) -> [MetricFamily.Sample] {
            views.compactMap { view in value(view).map { .init($0, [.init("service", view.service)]) } }
        }
        let refusals = views.flatMap { view in
            view.refusals.sorted { $0.key < $1.key }.map { reason, count in
                MetricFamily.Sample(Double(count), [.init("service", view.service), .init("reason", reason)])
            }
        }
        return [
            MetricFamily(
                "ringway_ring_epoch", .gauge, help: "Epoch of the ring in force here; absent before the first.",
                each { $0.epoch.map { Double($0) } }),
            MetricFamily(
                "ringway_ring_age_seconds", .gauge, help: "How long the ring in force here is held.",
                each { $0.age.map { Double($0.components.seconds) + Double($0.components.attoseconds) / 1e18 } }),
            MetricFamily(
                "ringway_ring_nodes", .gauge, help: "Nodes in the ring, draining ones included.",
                each { Double($0.nodes) }),
            MetricFamily(
                "ringway_ring_refused_total", .counter, help: "Ring documents that were not adopted, by reason.",
                refusals),
            MetricFamily(
                "ringway_redis_up", .gauge,
                help: "1 while Redis answers commands and the ring's subscription is alive.",
                value: redisUp ? 1 : 0),
        ]
    }
}
