/// A load's outcome, for people and for programs.
struct LoadReport: Sendable {
    let plan: LoadPlan
    let tally: LoadTally
    /// How long was measured.
    let took: Duration
    /// Processor time of the watched processes meanwhile.
    let cpu: [(pid: Int32, nanoseconds: Int64)]

    /// Whether something went wrong.
    var hasErrors: Bool { tally.lost > 0 || !tally.errors.isEmpty }

    private var messages: UInt64 { tally.latency.count }
    private var seconds: Double { Double(took.nanoseconds) / 1e9 }
    private var perSecond: Double { Double(messages) / max(seconds, 1e-9) }

    private func microseconds(_ part: Double) -> String { Rounded.text(Double(tally.latency.quantile(part)) / 1000) }

    private func cpuPerMessage(_ nanoseconds: Int64) -> String {
        Rounded.text(messages == 0 ? 0 : Double(nanoseconds) / 1000 / Double(messages))
    }

    static func words(_ errors: [String: Int]) -> String {
        errors.sorted { $0.value > $1.value }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
    }

    var text: String {
        var lines = [
            "\(plan.kind.rawValue): \(plan.connections) connections, \(plan.size) bytes, "
                + (plan.rate.map { "\(Rounded.text($0)) messages/s wanted" } ?? "\(plan.window) under way each"),
            "  \(Rounded.text(perSecond)) messages/s over \(Rounded.text(seconds)) s",
            "  latency µs: p50 \(microseconds(0.5))  p99 \(microseconds(0.99))  p99.9 \(microseconds(0.999))  "
                + "max \(Rounded.text(Double(tally.latency.largest) / 1000))",
        ]
        for entry in cpu {
            lines.append("  process \(entry.pid): \(cpuPerMessage(entry.nanoseconds)) µs of processor per message")
        }
        if cpu.count > 1 {
            lines.append(
                "  together: \(cpuPerMessage(cpu.reduce(0) { $0 + $1.nanoseconds })) µs of processor per message")
        }
        lines.append(
            hasErrors ? "  lost \(tally.lost), errors: \(Self.words(tally.errors))" : "  nothing lost, no errors")
        return lines.joined(separator: "\n")
    }

    var json: String {
        let rate = plan.rate.map { Rounded.text($0) } ?? "null"
        let processes = cpu.map { "\"\($0.pid)\":\(cpuPerMessage($0.nanoseconds))" }.joined(separator: ",")
        let total = cpu.isEmpty ? "null" : cpuPerMessage(cpu.reduce(0) { $0 + $1.nanoseconds })
        let errors = tally.errors.sorted { $0.key < $1.key }
            .map { "\(SettingsText.quoted($0.key)):\($0.value)" }.joined(separator: ",")
        return """
            {"bench":"\(plan.kind.rawValue)","connections":\(plan.connections),"size":\(plan.size),"window":\(plan.window),\
            "rate":\(rate),"seconds":\(Rounded.text(seconds)),"messages":\(messages),"msgs_per_s":\(Rounded.text(perSecond)),\
            "p50_us":\(microseconds(0.5)),"p99_us":\(microseconds(0.99)),"p999_us":\(microseconds(0.999)),\
            "max_us":\(Rounded.text(Double(tally.latency.largest) / 1000)),"lost":\(tally.lost),"errors":{\(errors)},\
            "cpu_us_per_message":\(total),"cpu_us_per_message_by_pid":{\(processes)}}
            """
    }
}
