/// What a process shows of its log.
public enum LogMetrics {
    /// The families of a sink.
    public static func families(_ logs: LogSink) -> [MetricFamily] {
        [
            MetricFamily(
                "ringway_log_lines_dropped_total", .counter, help: "Log lines dropped for a slow reader.",
                value: Double(logs.droppedLines)),
            MetricFamily(
                "ringway_log_lines_suppressed_total", .counter,
                help: "Log lines not written since ten of their kind were in the same second.",
                value: Double(logs.suppressedLines)),
        ]
    }
}
