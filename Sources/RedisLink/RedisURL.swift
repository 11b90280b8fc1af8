/// Where Redis is and who we are there.
///
/// `redis://[user[:password]@]host[:port][/database]`, `redis://:password@host`, or
/// `unix:/path[?user=…&password=…&db=…]`. User and password are percent-decoded. Its description never shows the password.
public struct RedisURL: Sendable, Hashable, CustomStringConvertible {
    /// The way to the server.
    public enum Endpoint: Sendable, Hashable {
        /// A host name or numeric address and a port 1...65535 (default 6379).
        case tcp(host: String, port: Int)
        /// The path of a Unix socket.
        case unix(path: String)
    }

    /// The way to the server.
    public let endpoint: Endpoint
    /// The ACL user; nil means Redis's `default`.
    public let user: String?
    /// The password; nil sends no AUTH.
    public let password: String?
    /// The database for SELECT. Pub/sub ignores it: keep staging apart by the key prefix, not by this.
    public let database: Int

    /// Reads a URL.
    ///
    /// - Throws: `RedisURLError`, which says what was expected and where, without repeating a password.
    public init(_ text: String) throws(RedisURLError) {
        if text.hasPrefix("redis://") {
            self = try Self(tcp: text.dropFirst("redis://".count))
        } else if text.hasPrefix("unix:") {
            self = try Self(unix: text.dropFirst("unix:".count))
        } else if text.hasPrefix("rediss://") {
            throw .tlsNotYet
        } else {
            throw .unknownScheme
        }
    }

    private init(tcp rest: Substring) throws(RedisURLError) {
        guard !rest.contains(where: { $0 == "?" || $0 == "#" }) else { throw .unexpectedQuery }
        var authority = rest
        var database = 0
        if let slash = rest.lastIndex(of: "/"), rest[slash...].dropFirst().allSatisfy({ $0 != "@" }) {
            authority = rest[..<slash]
            let path = rest[slash...].dropFirst()
            if !path.isEmpty { database = try Self.database(path) }
        }
        var login: (user: String?, password: String?) = (nil, nil)
        if let at = authority.lastIndex(of: "@") {
            login = try Self.login(authority[..<at])
            authority = authority[authority.index(after: at)...]
        }
        endpoint = try Self.hostAndPort(authority)
        user = login.user
        password = login.password
        self.database = database
    }

    private init(unix rest: Substring) throws(RedisURLError) {
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts.first ?? ""
        if path.hasPrefix("//") { path = path.dropFirst(2) }
        guard path.hasPrefix("/"), path.utf8.count <= 107 else { throw .badPath }
        var user: String?
        var password: String?
        var database = 0
        for item in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = pair.count > 1 ? pair[1] : ""
            switch pair[0] {
            case "user": user = try Self.decoded(value)
            case "password": password = try Self.decoded(value)
            case "db": database = try Self.database(value)
            default: throw .unknownParameter(String(pair[0]))
            }
        }
        if user != nil, password == nil { throw .userWithoutPassword }
        endpoint = .unix(path: String(path))
        self.user = user
        self.password = password
        self.database = database
    }

    private static func login(_ text: Substring) throws(RedisURLError) -> (user: String?, password: String?) {
        guard let colon = text.firstIndex(of: ":") else { throw .userWithoutPassword }
        let user = try decoded(text[..<colon])
        let password = try decoded(text[text.index(after: colon)...])
        guard !password.isEmpty else { throw .userWithoutPassword }
        return (user.isEmpty ? nil : user, password)
    }

    private static func hostAndPort(_ text: Substring) throws(RedisURLError) -> Endpoint {
        var host = text
        var port: Substring = "6379"
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .badHost(String(text)) }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw .badHost(String(text)) }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard !host.isEmpty, host.utf8.count <= 255, isPlain else { throw .badHost(String(host)) }
        guard let number = Int(port), (1...65535).contains(number), port.allSatisfy(\.isNumber) else {
            throw .badPort
        }
        return .tcp(host: String(host), port: number)
    }

    private static func database(_ text: Substring) throws(RedisURLError) -> Int {
        guard let number = Int(text), (0...16383).contains(number) else { throw .badDatabase(String(text)) }
        return number
    }

    private static func decoded(_ text: Substring) throws(RedisURLError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { throw .badPercentEncoding }
            bytes.append(value)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The URL with `***` for a password: fit for a log line.
    public var description: String {
        let login = password == nil ? "" : "\(user ?? ""):***@"
        let path = database == 0 ? "" : "/\(database)"
        switch endpoint {
        case .tcp(let host, let port):
            return "redis://\(login)\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
        case .unix(let socket):
            return "unix:\(socket)" + (database == 0 ? "" : "?db=\(database)")
        }
    }
}

/// What is wrong with a Redis URL.
public enum RedisURLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `rediss://` is understood but not served yet.
    case tlsNotYet
    /// It begins with none of the known schemes.
    case unknownScheme
    /// `redis://` with `?` or `#`.
    case unexpectedQuery
    /// A user without a password, or an empty password.
    case userWithoutPassword
    /// No usable host name or address.
    case badHost(String)
    /// The port is not in 1...65535. Its text is not repeated: it may be a password that lost its "@".
    case badPort
    /// The database is not in 0...16383.
    case badDatabase(String)
    /// The Unix socket's path is not absolute or longer than 107 bytes.
    case badPath
    /// A parameter of `unix:` other than user, password and db.
    case unknownParameter(String)
    /// `%` without two hex digits in the user or the password.
    case badPercentEncoding

    /// One sentence that says what was expected.
    public var description: String {
        switch self {
        case .tlsNotYet: "rediss:// (TLS) comes with a later version; expected redis:// or unix:"
        case .unknownScheme:
            "the Redis URL must begin with redis:// or unix:, as in redis://127.0.0.1:6379 or unix:/run/redis.sock"
        case .unexpectedQuery: "redis:// takes no '?' or '#'; write them as %3F and %23 in a user or password"
        case .userWithoutPassword:
            "expected user:password (or :password) before the '@', with a password that is not empty"
        case .badHost(let host): "'\(host)' is no host name or address (an IPv6 address stands in brackets: [::1])"
        case .badPort: "the port after the host is not a number from 1 to 65535"
        case .badDatabase(let text): "database '\(text)' is not a number from 0 to 16383"
        case .badPath: "unix: expects an absolute path of at most 107 bytes, as in unix:/run/redis.sock"
        case .unknownParameter(let name): "unix: knows the parameters user, password and db, not '\(name)'"
        case .badPercentEncoding:
            "'%' in the user or password must be followed by two hex digits (write % itself as %25)"
        }
    }
}
