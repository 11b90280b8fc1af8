/// The three paths that every program answers.
enum HealthRoutes {
    static func routes(
        readiness: @escaping @Sendable () async -> [String],
        metrics: @escaping @Sendable () async -> [MetricFamily]
    ) -> [AdminRoute] {
        [
            // Alive means: this loop still turns. Anything more here would make a supervisor kill processes for faults
            // that a restart cannot cure, such as an absent Redis.
            AdminRoute("GET", "/livez") { _ in .json(200, Array("{\"alive\":true}".utf8)) },
            AdminRoute("GET", "/readyz") { _ in
                let reasons = await readiness()
                var json = JSONText()
                json.append(reasons.isEmpty ? "{\"ready\":true,\"reasons\":[" : "{\"ready\":false,\"reasons\":[")
                for (index, reason) in reasons.enumerated() {
                    if index > 0 { json.append(",") }
                    json.appendString(reason)
                }
                json.append("]}")
                return .json(reasons.isEmpty ? 200 : 503, json.bytes)
            },
            AdminRoute("GET", "/metrics") { _ in
                let text = PrometheusText.render(await metrics())
                return AdminAnswer(status: 200, mediaType: PrometheusText.mediaType, body: Array(text.utf8))
            },
        ]
    }
}
