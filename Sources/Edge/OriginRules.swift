import WebSocketWire

/// Which web pages may open sockets here.
///
/// A browser lets any page connect anywhere, and says in `Origin` which page it is; other programs send none. So a request
/// with an `Origin` is refused unless that very origin (scheme, host and port, compared byte for byte) is on the list.
/// Nothing is matched by part, and `null`, the origin of pages without one, is never on it.
public struct OriginRules: Sendable, Hashable {
    private let allowed: Set<String>

    /// Rules that allow these origins; an empty list allows no page.
    public init(allowed: [String] = []) { self.allowed = Set(allowed.filter { !$0.isEmpty && $0 != "null" }) }

    /// Passes a request without `Origin` or with an allowed one.
    ///
    /// - Throws: 403.
    public func check(_ request: UpgradeRequest) throws(HTTPRefusal) {
        guard let origin = request.origin else { return }
        guard allowed.contains(origin) else {
            throw .forbidden("pages of this origin may not connect here; --origins lists those that may")
        }
    }
}
