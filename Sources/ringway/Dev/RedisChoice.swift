import Foundation

/// The Redis of a `ringway dev`: one that is there, or one of its own.
enum RedisChoice: Sendable {
    /// Somebody else's, by its URL.
    case given(url: String)
    /// Ours, on this port.
    case own(port: Int)

    /// An own one on a port that is free now.
    static func freePort() throws(Failure) -> RedisChoice {
        guard let port = FreePort.any() else { throw Failure("no free port on 127.0.0.1 for redis-server") }
        return .own(port: port)
    }

    /// What the children are told.
    var url: String {
        switch self {
        case .given(let url): url
        case .own(let port): "redis://127.0.0.1:\(port)"
        }
    }

    /// The URL without user and password, for the screen and for notes.
    var shownURL: String {
        guard let scheme = url.range(of: "://"), let at = url[scheme.upperBound...].lastIndex(of: "@") else {
            return url
        }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }

    /// How to start `redis-cli` against it. A password stays in the environment, out of the process list.
    var commandLine: String {
        if case .own(let port) = self { return "redis-cli -p \(port)" }
        if url != shownURL { return "redis-cli -u \"$RINGWAY_REDIS_URL\"" }
        if url.hasPrefix("unix:") { return "redis-cli -s \(url.dropFirst("unix:".count).prefix { $0 != "?" })" }
        return url == "redis://127.0.0.1:6379" ? "redis-cli" : "redis-cli -u \(url)"
    }

    /// The process to start for `own`. It keeps nothing on disk: the cluster ends with it.
    static func child(port: Int, folder: String) throws(Failure) -> Child {
        guard let program = Executables.system("redis-server") else {
            throw Failure(
                "redis-server is not installed: `sudo apt install redis-server`, "
                    + "or set RINGWAY_REDIS_URL to a Redis that runs, e.g. redis://127.0.0.1:6379")
        }
        let arguments = [
            "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no",
            "--daemonize", "no", "--logfile", "", "--loglevel", "notice",
        ]
        return Child(name: "redis", role: .redis, program: program, arguments: arguments)
    }

    /// Whether a log line of redis-server says that it takes connections.
    static func saysReady(_ line: String) -> Bool { line.contains("Ready to accept connections") }
}
