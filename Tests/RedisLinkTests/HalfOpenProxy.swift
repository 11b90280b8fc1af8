import Reactor

/// Stands between a test's client and Redis and can turn deaf: sockets stay open, nothing is passed on. What a firewall that
/// has forgotten a connection does.
final class HalfOpenProxy: SocketHandler {
    private let server: SocketAddress
    private var other: [SocketID: SocketID] = [:]
    private var outward: HandlerID?
    var isDeaf = false
    var swallowsMessages = false

    init(to server: SocketAddress) { self.server = server }

    func start(on loop: EventLoop) -> SocketAddress? {
        let handler = loop.register(self)
        outward = handler
        guard let any = try? SocketAddress(host: "127.0.0.1", port: 0) else { return nil }
        return try? loop.listen(on: any, handler: handler)
    }

    func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop) {
        guard let outward, let upstream = try? loop.connect(to: server, handler: outward) else {
            return loop.abort(socket)
        }
        other[socket] = upstream
        other[upstream] = socket
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        let count = bytes.count
        if isDeaf { return count }
        // A subscription that the server forgot: PONGs come, messages do not.
        if swallowsMessages, String(decoding: bytes, as: UTF8.self).contains("message") { return count }
        if let peer = other[socket] { loop.write(UnsafeRawBufferPointer(bytes), to: peer) }
        return count
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        guard let peer = other.removeValue(forKey: socket) else { return }
        other[peer] = nil
        loop.abort(peer)
    }
}
