/// The settings that every long-running program has.
public enum CommonSettings {
    /// The settings file.
    public static let config = Setting<String>.text(
        "config", form: "a path", default: "", defaultNote: "none",
        help: "YAML file with further settings, one mapping.")

    /// Where the ready line goes.
    public static let readyDescriptor = Setting<Int>.integer(
        "ready-fd", in: 1...1023, default: 1, defaultNote: "1, standard output",
        help:
            "File descriptor that gets one JSON line once the program listens; whoever started it can wait for that line."
    )

    /// How much is logged.
    public static let logLevel = Setting<String>.choice(
        "log-level", of: ["trace", "debug", "info", "notice", "warning", "error", "critical"], default: "info",
        help: "Least severe log lines that are written to standard error.")

    /// What log lines look like.
    public static let logFormat = Setting<String>.choice(
        "log-format", of: ["auto", "json", "text"], default: "auto",
        help: "JSON lines, or text for people; auto writes text only if standard error is a terminal.")

    /// How much of the log may wait for its reader.
    public static let logBuffer = Setting<Int>.size(
        "log-buffer", in: (4 << 10)...(1 << 30), default: 1 << 20,
        help: "Bytes of log lines that may wait for whoever reads them; beyond them lines are dropped and counted.")

    /// Where the ring is kept.
    public static let redisURL = Setting<String>.url(
        "redis-url", schemes: ["redis://", "rediss://", "unix:"], default: "redis://127.0.0.1:6379",
        help: "Redis that holds the ring: redis://[user:password@]host:port or unix:/path.", isSecret: true)

    /// What every Redis key and channel starts with.
    public static let prefix = Setting<String>.text(
        "prefix", form: "1…64 letters, digits, dots, colons, dashes", default: "ringway",
        help: "What every Redis key and channel starts with; two clusters can share one Redis under two prefixes.",
        where: Grammar.isKeyPrefix)

    static let all: [any DeclaredSetting] = [config, readyDescriptor, logLevel, logFormat, logBuffer]
}
