/// A request that passed every check of RFC 6455 §4.2.1 and of the edge. What is left to decide is who it is and
/// whether they may.
public struct UpgradeRequest: Sendable {
    /// The whole head, for fields and the target.
    public let head: HTTPHead
    /// The subprotocols that the client offers, in its order; each is a token and stands there once.
    public let subprotocols: [String]
    private let keyRange: Range<Int>

    init(head: HTTPHead, subprotocols: [String], keyRange: Range<Int>) {
        self.head = head
        self.subprotocols = subprotocols
        self.keyRange = keyRange
    }

    /// The client's key as it was sent.
    public var key: String { head.fields.text(keyRange) }
    /// The request target as it was sent.
    public var target: String { head.target }
    /// The path as it was sent, without the query.
    public var path: String { head.path }
    /// The value of `Origin`; nil for clients that are no browsers.
    public var origin: String? { head.fields.first("Origin") }

    /// The value of a query parameter, percent-decoded once; see `HTTPHead.queryParameter`.
    public func queryParameter(_ name: String) throws(HTTPRefusal) -> [UInt8]? {
        try head.queryParameter(name)
    }

    /// The 101 that accepts this request.
    ///
    /// `subprotocol` is named only if the client offered it, since a client must fail a connection that answers with
    /// any other (RFC 6455 §4.1). Extensions are never accepted.
    public func answer(subprotocol: String? = nil) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(192)
        bytes.append("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        bytes.append("Sec-WebSocket-Accept: ")
        bytes.append(contentsOf: HandshakeKey.accept(head.fields.bytes[keyRange]))
        if let subprotocol, subprotocols.contains(subprotocol) {
            bytes.append("\r\nSec-WebSocket-Protocol: ")
            bytes.append(subprotocol)
        }
        bytes.append("\r\n\r\n")
        return bytes
    }
}
