/// The client's half of the opening handshake: what to send, and whether the answer belongs to it.
public struct ClientHandshake: Sendable {
    /// Why an answer does not open a WebSocket.
    public enum Failure: Error, Sendable, Hashable {
        /// The system gave no random bytes for the key.
        case noRandomness
        /// The server answered with another status than 101.
        case refused(status: Int)
        /// The 101 lacks this field, or it has the wrong value.
        case wrong(field: String)
        /// The server chose a subprotocol or an extension that was not offered.
        case notOffered(field: String)
    }

    /// What to send.
    public let request: [UInt8]
    private let accept: [UInt8]
    private let offered: [String]

    /// A request for `target` (path and query, already percent-encoded) at `host` (with the port unless it is 80/443).
    public init(
        host: String, target: String, subprotocols: [String] = [], headers: [HTTPField] = []
    ) throws(Failure) {
        guard let key = HandshakeKey.random() else { throw .noRandomness }
        self.init(host: host, target: target, subprotocols: subprotocols, headers: headers, key: key)
    }

    init(host: String, target: String, subprotocols: [String], headers: [HTTPField], key: [UInt8]) {
        var bytes: [UInt8] = []
        bytes.append("GET \(HTTPField("", target).value) HTTP/1.1\r\n")
        bytes.append(HTTPField("Host", host))
        bytes.append("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ")
        bytes.append(contentsOf: key)
        bytes.append("\r\n")
        if !subprotocols.isEmpty {
            bytes.append(HTTPField("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")))
        }
        for header in headers { bytes.append(header) }
        bytes.append("\r\n")
        request = bytes
        accept = HandshakeKey.accept(key)
        offered = subprotocols
    }

    /// The subprotocol of an answer that opens the WebSocket, nil if it has none.
    public func check(_ head: HTTPResponseHead) throws(Failure) -> String? {
        guard head.status == 101 else { throw .refused(status: head.status) }
        guard head.fields.list("Upgrade", contains: "websocket") else { throw .wrong(field: "Upgrade") }
        guard head.fields.list("Connection", contains: "upgrade") else { throw .wrong(field: "Connection") }
        guard head.fields.lookup("Sec-WebSocket-Accept") == .one(accept) else {
            throw .wrong(field: "Sec-WebSocket-Accept")
        }
        guard head.fields.lookup("Sec-WebSocket-Extensions") == .absent else {
            throw .notOffered(field: "Sec-WebSocket-Extensions")
        }
        switch head.fields.lookup("Sec-WebSocket-Protocol") {
        case .absent: return nil
        case .repeated: throw .wrong(field: "Sec-WebSocket-Protocol")
        case .one(let bytes):
            guard let chosen = offered.first(where: { $0.utf8.elementsEqual(bytes) }) else {
                throw .notOffered(field: "Sec-WebSocket-Protocol")
            }
            return chosen
        }
    }
}
