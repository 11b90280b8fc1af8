import ClusterModel
import Reactor
import WebSocketWire

extension WebSocketClient {
    /// The most of a refusal's body that is kept.
    private static let maxBodyBytes = 4096

    /// The loop's: not for others.
    public func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        guard let connection = connection(socket) else { return bytes.count }
        connection.keepAlive.heard(at: loop.now.nanoseconds)
        switch connection.phase {
        case .handshaking(let handshake): return readHead(bytes, handshake, connection)
        case .refused: return readBody(bytes, from: 0, connection)
        case .open: return readFrames(bytes, from: 0, connection)
        }
    }

    /// The loop's: not for others.
    public func inputEnded(_ socket: SocketID, on loop: EventLoop) {
        if let connection = connection(socket) { settleRefusal(connection) }
        loop.close(socket)
    }

    private func readHead(
        _ bytes: UnsafeMutableRawBufferPointer, _ handshake: ClientHandshake, _ connection: Connection
    ) -> Int {
        switch HTTPResponseHead.parse(UnsafeRawBufferPointer(bytes)) {
        case .needMore: return 0
        case .bad(let error):
            return giveUp(connection, .failed("the answer is not HTTP/1.1: \(error.message)"), bytes.count)
        case .head(let head, let consumed):
            do throws(ClientHandshake.Failure) {
                let subprotocol = try handshake.check(head)
                connection.phase = .open
                delegate.opened(connection.socket, subprotocol: subprotocol, client: self)
                return readFrames(bytes, from: consumed, connection)
            } catch {
                switch error {
                case .refused(let status):
                    connection.phase = .refused(
                        status: status, retryAfter: head.fields.first("Retry-After").flatMap { Int($0) },
                        missing: head.fields.first("Content-Length").flatMap { Int($0) } ?? Self.maxBodyBytes, body: [])
                    return readBody(bytes, from: consumed, connection)
                case .wrong(let field), .notOffered(let field):
                    let ending = ClientEnding.failed("the answer's \(field) is not what was asked for")
                    return giveUp(connection, ending, bytes.count)
                case .noRandomness:
                    return giveUp(connection, .failed("the system gives no random bytes"), bytes.count)
                }
            }
        }
    }

    private func readBody(
        _ bytes: UnsafeMutableRawBufferPointer, from offset: Int, _ connection: Connection
    ) -> Int {
        guard case .refused(let status, let retryAfter, let missing, var body) = connection.phase else {
            return bytes.count
        }
        body.append(contentsOf: bytes[offset...].prefix(max(0, Self.maxBodyBytes - body.count)))
        let left = missing - (bytes.count - offset)
        connection.phase = .refused(status: status, retryAfter: retryAfter, missing: left, body: body)
        if left <= 0 {
            settleRefusal(connection)
            loop.close(connection.socket)
        }
        return bytes.count
    }

    private func settleRefusal(_ connection: Connection) {
        guard case .refused(let status, let retryAfter, _, let body) = connection.phase else { return }
        let text = String(decoding: body, as: UTF8.self)
        connection.ending =
            connection.ending ?? .refused(HTTPRefused(status: status, retryAfter: retryAfter, body: text))
    }

    private func readFrames(
        _ bytes: UnsafeMutableRawBufferPointer, from start: Int, _ connection: Connection
    ) -> Int {
        var offset = start
        while true {
            switch connection.reader.next(bytes, offset: &offset) {
            case .needMore: return offset
            case .message(let opcode, let payload):
                // After our close frame nothing is of interest but the server's.
                if connection.closing.isOpen {
                    delegate.received(payload, opcode, from: connection.socket, client: self)
                }
            case .ping(let payload):
                // A full queue loses the pong: then the server has worse to report.
                _ = write(.pong, UnsafeRawBufferPointer(payload), to: connection.socket)
            case .pong: continue
            case .close(let code, let reason):
                let text = String(decoding: reason, as: UTF8.self)
                let named = code.map { CloseCode(rawValue: $0) }
                if connection.closing.peerClosed() == .echoAndEnd { writeClose(named, text, to: connection.socket) }
                connection.ending = connection.ending ?? .closed(named ?? .noStatus, reason: text)
                loop.close(connection.socket)
                return bytes.count
            case .violation(let violation):
                if connection.closing.violated() == .sendClose {
                    writeClose(violation.code, "\(violation.reason)", to: connection.socket)
                }
                connection.ending = connection.ending ?? .lost("the server broke the protocol: \(violation.reason)")
                loop.close(connection.socket)
                return bytes.count
            }
        }
    }

    private func giveUp(_ connection: Connection, _ ending: ClientEnding, _ consumed: Int) -> Int {
        connection.ending = ending
        loop.abort(connection.socket)
        return consumed
    }
}
