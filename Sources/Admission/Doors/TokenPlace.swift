import WebSocketWire

/// Where in a request the token stands.
///
/// 1. `Authorization: Bearer <token>` · 2. the subprotocol `bearer.<token>`, since browsers let scripts set no headers ·
/// 3. `?token=<token>`, where not even that can be set
///
/// In two places at once nobody could say which one counts, so that is refused.
public enum TokenPlace {
    /// The name of the query parameter.
    public static let queryName = "token"
    /// What the subprotocol begins with.
    static let subprotocolPrefix = "bearer."
    /// The subprotocol that says nothing more than "Ringway". A browser that offered `bearer.<token>` fails the connection
    /// unless the answer selects a subprotocol that it offered (WHATWG WebSockets, establish a connection), and the token
    /// must not come back; so pages offer this one beside it, and it is selected.
    public static let marker = "ringway"

    /// The token's bytes; nil if there is none.
    ///
    /// - Throws: 400 for two places, two headers or two parameters; 401 for credentials of another scheme.
    static func token(of head: HTTPHead, subprotocols: [String]) throws(HTTPRefusal) -> [UInt8]? {
        var found: [[UInt8]] = []
        if let token = try bearer(head.fields) { found.append(token) }  // 1
        for offered in subprotocols where isToken(offered) {  // 2
            found.append(Array(offered.utf8.dropFirst(subprotocolPrefix.utf8.count)))
        }
        if let token = try head.queryParameter(queryName) { found.append(token) }  // 3
        guard found.count <= 1 else { throw .badRequest("a token stands in more than one place") }
        return found.first
    }

    /// Whether a subprotocol carries a token. Subprotocols know case, but a near miss is still a secret.
    static func isToken(_ subprotocol: String) -> Bool {
        subprotocol.utf8.count >= subprotocolPrefix.utf8.count
            && subprotocol.prefix(subprotocolPrefix.count).lowercased() == subprotocolPrefix
    }

    /// RFC 6750 §2.1; the scheme knows no case (RFC 9110 §11.1), and exactly one space follows it.
    private static func bearer(_ fields: HeaderFields) throws(HTTPRefusal) -> [UInt8]? {
        switch fields.lookup("Authorization") {
        case .absent: return nil
        case .repeated: throw .badRequest("Authorization is given twice")
        case .one(let value):
            let scheme = value.prefix { $0 != 0x20 }
            guard String(decoding: scheme, as: UTF8.self).lowercased() == "bearer", scheme.count < value.count else {
                throw .unauthorized("expected Authorization: Bearer <token>")
            }
            return Array(value.dropFirst(scheme.count + 1))
        }
    }
}
