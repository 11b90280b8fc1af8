import Operations

/// Where a server of ours listens, as a person writes it: `host:port` or `http://host:port`.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    let host: String
    let port: Int

    /// Reads what stands in `source` (a flag or an environment name, for the error's sake).
    init(_ text: String, from source: String) throws(Failure) {
        let url = text.hasPrefix("http://") ? text : "http://" + text
        do {
            let parsed = try HTTPURL(url)
            guard parsed.target == "/" else { throw Failure("") }
            host = parsed.host
            port = parsed.port
        } catch {
            throw Failure("\(source): '\(text)' is not an address; expected host:port or http://host:port")
        }
    }

    /// `127.0.0.1:7000`, `[::1]:7000`.
    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The URL of a path on this server.
    func url(_ path: String) throws(Failure) -> HTTPURL {
        do { return try HTTPURL("http://\(description)\(path)") } catch { throw Failure("\(error)") }
    }
}
