import ClusterModel
import WebSocketWire

/// Which web pages may open sockets here.
///
/// A browser lets any page connect anywhere, and says in `Origin` which page it is; other programs send none. So a request
/// with an `Origin` is refused unless that very origin (scheme, host and port, compared byte for byte) is on the list.
/// Nothing is matched by part. `null`, the origin of pages without one, is shared by all of them, and so is let in only where
/// somebody put it on the list.
public struct OriginRules: Sendable, Hashable {
    private let everywhere: Set<String>
    private let byService: [ServiceName: Set<String>]

    /// Rules that allow these origins, all of them to every service or some to one service only; none allow no page.
    ///
    /// Entries stand as browsers send them, but may name the scheme's own port, which browsers leave out.
    public init(allowed: [String] = [], byService: [ServiceName: [String]] = [:]) {
        everywhere = Set(allowed.filter { !$0.isEmpty }.map(Self.asSent))
        self.byService = byService.mapValues { Set($0.map(Self.asSent)) }
    }

    /// Passes a request without `Origin` or with an allowed one.
    ///
    /// - Throws: 400 if there are two, 403 if it is not allowed.
    public func check(_ head: HTTPHead, for service: ServiceName) throws(HTTPRefusal) {
        switch head.fields.lookup("Origin") {
        case .absent: return
        case .repeated: throw .badRequest("Origin is given twice")
        case .one(let origin):
            if Self.contains(everywhere, origin) || Self.contains(byService[service] ?? [], origin) { return }
            throw .forbidden("pages of this origin may not connect here; --origins lists those that may")
        }
    }

    /// By bytes: `String` takes different spellings of one letter for equal.
    private static func contains(_ origins: Set<String>, _ origin: [UInt8]) -> Bool {
        origins.contains { $0.utf8.elementsEqual(origin) }
    }

    private static func asSent(_ origin: String) -> String {
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")]
        where origin.hasPrefix(scheme) && origin.hasSuffix(port) {
            return String(origin.dropLast(port.utf8.count))
        }
        return origin
    }
}
