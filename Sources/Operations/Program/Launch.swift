import Logging

/// What a program has in hand when it starts: its settings, its logger, and the line that tells others it is ready.
public struct Launch: Sendable {
    /// The program that starts.
    public let program: Program
    /// Its checked settings.
    public let settings: Settings
    /// Its logger; every line carries the role.
    public let logger: Logger
    /// Where its log lines go; a metric shows how many were dropped.
    public let logs: LogSink
    /// What SIGHUP reads again; whoever holds something from a file registers it here.
    public let reloads: Reloads

    init(program: Program, settings: Settings) {
        self.program = program
        self.settings = settings
        let sink = LogSink(descriptor: 2, capacity: settings[CommonSettings.logBuffer])
        logs = sink
        let format = LogLineFormat(setting: settings[CommonSettings.logFormat], descriptor: 2)
        let level = Logger.Level(rawValue: settings[CommonSettings.logLevel]) ?? .info
        let make: @Sendable (String) -> any LogHandler = { label in
            LogLines(label: label, sink: sink, format: format, level: level)
        }
        // Libraries make their own loggers; without this their lines would go elsewhere and unescaped.
        LoggingSystem.bootstrap(make)
        logger = Logger(label: program.role, factory: make)
        reloads = Reloads(logger: logger)
    }

    /// Says on `--ready-fd` that the program listens now; `members` follow `ready` and `role`.
    public func announce(_ members: KeyValuePairs<String, String>) {
        let line = ReadyLine(role: program.role, members: members)
        if !line.write(to: Int32(settings[CommonSettings.readyDescriptor])) {
            logger.warning("the ready line could not be written", metadata: ["line": "\(line.text)"])
        }
        logger.notice("ready", metadata: Logger.Metadata(uniqueKeysWithValues: members.map { ($0, "\($1)") }))
    }

    /// The life cycle's own chatter, kept to what matters to an operator.
    var lifecycleLogger: Logger {
        var quiet = logger
        quiet.logLevel = max(quiet.logLevel, .warning)
        return quiet
    }
}
