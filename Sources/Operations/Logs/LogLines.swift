import Logging

/// The log handler of every Ringway program: one line per event, as JSON or as text, on standard error.
public struct LogLines: LogHandler {
    /// The least severe level that is written.
    public var logLevel: Logger.Level
    /// Metadata that every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// Metadata from the task's surroundings.
    public var metadataProvider: Logger.MetadataProvider?

    private let label: String
    private let sink: LogSink
    private let format: LogLineFormat

    /// A handler for the logger `label` that writes to `sink`.
    public init(label: String, sink: LogSink, format: LogLineFormat, level: Logger.Level) {
        self.label = label
        self.sink = sink
        self.format = format
        logLevel = level
    }

    /// One item of the metadata that every line carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event; never waits.
    public func log(event: LogEvent) {
        let time = LogLineFormat.wallClock()
        // What somebody turned on to see everything is not thinned out, and neither are last words.
        var suppressed: UInt64 = 0
        if event.level >= .info, event.level < .critical {
            guard let count = sink.admit("\(label) \(event.message)", at: Int64(time.tv_sec)) else { return }
            suppressed = count
        }
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        if suppressed > 0 { all["suppressed"] = "\(suppressed)" }
        let line = format.line(
            LogLineFormat.Event(
                time: time, level: event.level, label: label, message: event.message.description,
                metadata: all.map { ($0.key, $0.value.description) }.sorted { $0.0 < $1.0 }))
        sink.append(line)
    }
}
