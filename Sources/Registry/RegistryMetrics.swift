import ClusterModel
import Operations

/// The registry's numbers for Prometheus.
enum RegistryMetrics {
    /// Everything that is known of the services now. One that has not resumed has counters but no ring.
    static func families(of loops: [RegistryLoop], redisIsUp: Bool, droppedLogLines: UInt64) async -> [MetricFamily] {
        var families = [
            MetricFamily(
                "ringway_redis_up", .gauge, help: "Whether the last command was answered.", value: redisIsUp ? 1 : 0),
            MetricFamily(
                "ringway_log_lines_dropped_total", .counter, help: "Log lines dropped for a slow reader.",
                value: Double(droppedLogLines)),
        ]
        for loop in loops {
            families += counters(loop)
            if let picture = try? await loop.picture() { families += gauges(picture) }
        }
        return families
    }

    private static func counters(_ loop: RegistryLoop) -> [MetricFamily] {
        let service = MetricFamily.Label("service", loop.service.text)
        func counter(_ name: String, _ help: String, _ counter: MetricCounter) -> MetricFamily {
            MetricFamily(name, .counter, help: help, [.init(Double(counter.value), [service])])
        }
        let counters = loop.counters
        return [
            counter("ringway_registrations_total", "Registrations taken.", counters.registrations),
            counter("ringway_heartbeats_total", "Heartbeats received.", counters.heartbeats),
            counter(
                "ringway_evictions_total", "Nodes taken off the ring since they were silent or gone.",
                counters.evictions),
            counter("ringway_suspicions_total", "Suspicions taken from gateways.", counters.suspicions),
            suspicionCalls(counters.suspicionCalls, service),
            counter("ringway_commits_total", "Rings stored and announced.", counters.commits),
            counter("ringway_commit_failures_total", "Attempts to store a ring that failed.", counters.commitFailures),
        ]
    }

    private static func suspicionCalls(_ calls: SuspicionCalls, _ service: MetricFamily.Label) -> MetricFamily {
        let samples: [MetricFamily.Sample] = [
            ("gone", calls.gone), ("alive", calls.alive), ("nothing", calls.nothing),
        ].map { word, counter in .init(Double(counter.value), [service, .init("found", word)]) }
        return MetricFamily(
            "ringway_suspicion_calls_total", .counter, help: "Calls of suspected nodes, by what they found.", samples)
    }

    private static func gauges(_ picture: ServicePicture) -> [MetricFamily] {
        let service = MetricFamily.Label("service", picture.service.text)
        let states: [MetricFamily.Sample] = ["up", "draining", "down"].map { word in
            .init(Double(picture.count { $0.word == word }), [service, .init("state", word)])
        }
        let sessions = picture.entries.reduce(0) { $0 + ($1.isLive ? $1.heartbeat?.sessions ?? 0 : 0) }
        return [
            MetricFamily(
                "ringway_ring_epoch", .gauge, help: "Epoch of the ring in force, 0 before the first.",
                [.init(Double(picture.ring?.epoch.value ?? 0), [service])]),
            MetricFamily(
                "ringway_ring_nodes", .gauge, help: "Nodes on the ring in force.",
                [.init(Double(picture.ring?.nodes.count ?? 0), [service])]),
            MetricFamily("ringway_registry_nodes", .gauge, help: "Nodes the registry knows, by state.", states),
            MetricFamily(
                "ringway_registry_frozen", .gauge, help: "Whether too many nodes are silent at once.",
                [.init(picture.isFrozen ? 1 : 0, [service])]),
            MetricFamily(
                "ringway_reported_sessions", .gauge, help: "Sessions the live nodes reported last.",
                [.init(Double(sessions), [service])]),
        ]
    }
}
