import ClusterModel
import HashRing
import WebSocketWire

/// Where in a request the user stands. Switched on by whoever runs the process; a token is another way, with its own rules.
public enum UserSource: Sendable, Hashable, CustomStringConvertible {
    /// `/{service}?NAME=alice`, percent-decoded once.
    case query(String)
    /// A header that something trusted in front sets, as its bytes stand. Never one of `X-Ringway-*`: those are dropped.
    case header(String)
    /// A cookie, as its bytes stand.
    case cookie(String)
    /// `/{service}/{user}`, percent-decoded once.
    case path

    /// A source from `query:NAME`, `header:NAME`, `cookie:NAME` or `path`; nil if the text is none of them.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts.first, parts.count > 1 ? parts[1] : nil) {
        case ("query", let name?) where Self.isName(name): self = .query(name)
        case ("header", let name?) where Self.isName(name) && !HTTPHead.isIdentityField(name): self = .header(name)
        case ("cookie", let name?) where Self.isName(name): self = .cookie(name)
        case ("path", nil): self = .path
        default: return nil
        }
    }

    /// The text that `init` takes.
    public var description: String {
        switch self {
        case .query(let name): "query:\(name)"
        case .header(let name): "header:\(name)"
        case .cookie(let name): "cookie:\(name)"
        case .path: "path"
        }
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// The user that a request names.
    ///
    /// - Throws: 401 if it names none, 400 if it names one twice or one that breaks the key rules (Ring v1 §2).
    public func user(of head: HTTPHead) throws(HTTPRefusal) -> UserKey {
        let bytes: [UInt8]
        switch self {
        case .query(let name):
            guard let value = try head.queryParameter(name) else {
                throw .unauthorized("no user: the query parameter '\(name)' is missing")
            }
            bytes = value
        case .header(let name):
            switch head.fields.lookup(name) {
            case .absent: throw .unauthorized("no user: the header '\(name)' is missing")
            case .repeated: throw .badRequest("the header '\(name)' is given twice")
            case .one(let value): bytes = value
            }
        case .cookie(let name):
            guard let value = try Cookies.value(name, of: head) else {
                throw .unauthorized("no user: the cookie '\(name)' is missing")
            }
            bytes = value
        case .path:
            let parts = head.pathComponents
            guard parts.count == 2 else { throw .unauthorized("no user: the path must be /{service}/{user}") }
            bytes = parts[1]
        }
        return try Self.key(bytes)
    }

    /// A user key from decoded bytes, or 400 that says which rule was broken.
    public static func key(_ bytes: [UInt8]) throws(HTTPRefusal) -> UserKey {
        do throws(UserKeyError) {
            return try UserKey(bytes: bytes)
        } catch {
            throw HTTPRefusal(status: 400, code: "bad_user", message: "\(error)")
        }
    }

    /// The service that a WebSocket request names: the path's first component.
    ///
    /// - Throws: 404 if the path has another shape or the name is none a service can have.
    public func service(of head: HTTPHead) throws(HTTPRefusal) -> ServiceName {
        try Self.service(of: head, userInPath: self == .path)
    }

    /// The service that a WebSocket request names, where the path may hold the user, too, or may not.
    ///
    /// - Throws: 404 if the path has another shape or the name is none a service can have.
    public static func service(of head: HTTPHead, userInPath: Bool) throws(HTTPRefusal) -> ServiceName {
        let parts = head.pathComponents
        guard parts.count == (userInPath ? 2 : 1),
            let service = try? ServiceName(String(decoding: parts[0], as: UTF8.self))
        else { throw .notFound(userInPath ? "open /{service}/{user}" : "open /{service}") }
        return service
    }
}
