import ClusterModel
import Glibc
import Reactor
import WebSocketWire

/// The client side of WebSockets on one event loop: one object for any number of sockets.
///
/// ```
/// open ──connected──▶ handshaking ──101──▶ open ──close frames──▶ ended
///                          └──another status──▶ refused (reads the body) ──▶ ended
/// ```
/// Pings are answered here. The loop keeps the client and its delegate until it stops.
public final class WebSocketClient: SocketHandler {
    /// One socket's state.
    final class Connection {
        enum Phase {
            case handshaking(ClientHandshake)
            case refused(status: Int, retryAfter: Int?, missing: Int, body: [UInt8])
            case open
        }

        let socket: SocketID
        var phase: Phase
        var reader: MessageReader
        var closing = CloseHandshake()
        var keepAlive: KeepAlive
        /// Known before the socket is gone.
        var ending: ClientEnding?

        init(_ socket: SocketID, _ handshake: ClientHandshake, limits: MessageLimits, now: Int64) {
            self.socket = socket
            phase = .handshaking(handshake)
            reader = MessageReader(role: .client, limits: limits)
            keepAlive = KeepAlive(now: now)
        }
    }

    /// The loop all calls must come on.
    public let loop: EventLoop
    let delegate: any WebSocketClientDelegate
    private let limits: MessageLimits
    private let policy: KeepAlive.Policy?
    private let tls: TLSClient?
    private var handler: HandlerID?
    private var connections: [Connection?]
    private var masks = MaskSource()

    /// A client on a loop.
    ///
    /// - Parameters:
    ///   - keepAlive: when to ping a silent server, and when to give it up; nil leaves that to the server.
    ///   - tls: whom `wss` connections trust; nil: the system's authorities.
    public init(
        on loop: EventLoop, delegate: any WebSocketClientDelegate, limits: MessageLimits = MessageLimits(),
        keepAlive policy: KeepAlive.Policy? = nil, tls: TLSClient? = nil
    ) {
        self.loop = loop
        self.delegate = delegate
        self.limits = limits
        self.policy = policy
        self.tls = tls
        connections = Array(repeating: nil, count: loop.socketLimit)
        handler = loop.register(self)
    }

    /// Begins to open a WebSocket at an address that was resolved before; the delegate hears how it goes.
    ///
    /// - Throws: `ReactorError` if no socket can be made, `TLSFilesError` if the system has no authorities,
    ///   `ClientHandshake.Failure.noRandomness`.
    public func open(
        _ url: WebSocketURL, at address: SocketAddress, subprotocols: [String] = [], deadline: Duration = .seconds(5)
    ) throws -> SocketID {
        let handshake = try ClientHandshake(host: url.authority, target: url.target, subprotocols: subprotocols)
        guard let handler else { preconditionFailure("a client is registered when it is made") }
        let target = url.isSecure ? try (tls ?? TLSClient()).expecting(url.host) : nil
        let socket = try loop.connect(to: address, handler: handler, deadline: deadline, tls: target)
        connections[Int(socket.index)] = Connection(socket, handshake, limits: limits, now: loop.now.nanoseconds)
        // The same deadline again for the answer, so that a silent server is not waited for. On an open socket the same timer
        // is where keeping it alive begins.
        loop.schedule(after: deadline + deadline, handler: handler, key: Self.key(socket))
        return socket
    }

    /// Sends one message, masked.
    ///
    /// - Returns: false if the socket is not open, or its queue is full; nothing was sent then.
    @discardableResult
    public func send(_ opcode: DataOpcode, _ payload: UnsafeRawBufferPointer, to socket: SocketID) -> Bool {
        guard let connection = connection(socket), case .open = connection.phase, connection.closing.isOpen else {
            return false
        }
        return write(opcode.opcode, payload, to: socket)
    }

    /// `send` for a text.
    @discardableResult
    public func send(_ text: String, to socket: SocketID) -> Bool {
        var text = text
        return text.withUTF8 { send(.text, UnsafeRawBufferPointer($0), to: socket) }
    }

    /// Says goodbye: a close frame, at most 5 s for the server's, then the end. Before the handshake is done: the end.
    public func close(_ socket: SocketID, code: CloseCode = .normal, reason: String = "") {
        guard let connection = connection(socket), let handler else { return }
        guard case .open = connection.phase else {
            connection.ending = connection.ending ?? .left
            return loop.abort(socket)
        }
        guard connection.closing.close(at: loop.now.nanoseconds) == .sendClose else { return }
        connection.ending = .left
        writeClose(code, reason, to: socket)
        loop.schedule(after: .nanoseconds(CloseHandshake.defaultPatience), handler: handler, key: Self.key(socket))
    }

    /// Ends the socket at once, without a word.
    public func abort(_ socket: SocketID) {
        guard let connection = connection(socket) else { return }
        connection.ending = connection.ending ?? .left
        loop.abort(socket)
    }

    /// Bytes that wait to be sent.
    public func queuedBytes(_ socket: SocketID) -> Int { loop.queuedBytes(socket) }

    func connection(_ socket: SocketID) -> Connection? {
        guard let connection = connections[Int(socket.index)], connection.socket == socket else { return nil }
        return connection
    }

    func write(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, to socket: SocketID) -> Bool {
        let count = FrameWriter.frameCount(payloadCount: payload.count, masked: true)
        guard let room = loop.reserve(count, on: socket) else { return false }
        FrameWriter.write(opcode, payload, mask: masks.next(), into: room)
        loop.commit(count, on: socket)
        return true
    }

    func writeClose(_ code: CloseCode?, _ reason: String, to socket: SocketID) {
        loop.write(FrameWriter.close(code: code, reason: reason, mask: masks.next()), to: socket)
    }

    // MARK: What the loop says

    /// The loop's: not for others.
    public func connected(_ socket: SocketID, on loop: EventLoop) {
        guard let connection = connection(socket), case .handshaking(let handshake) = connection.phase else { return }
        loop.write(handshake.request, to: socket)
    }

    /// The loop's: not for others.
    public func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        guard let connection = connection(socket) else { return }
        connections[Int(socket.index)] = nil
        delegate.ended(socket, connection.ending ?? Self.ending(reason, loop.tlsProblem), client: self)
    }

    /// The loop's: not for others.
    public func timer(_ key: UInt64, on loop: EventLoop) {
        guard let connection = connection(Self.socket(key)), let handler else { return }
        let now = loop.now.nanoseconds
        if case .open = connection.phase {
            if connection.closing.tick(at: now) == .end { return loop.abort(connection.socket) }
            guard connection.closing.isOpen, let policy else { return }
            switch connection.keepAlive.tick(at: now, policy: policy) {
            case .wait(let time):
                loop.schedule(after: .nanoseconds(time - now), handler: handler, key: key)
            case .ping(let time):
                _ = write(.ping, UnsafeRawBufferPointer(start: nil, count: 0), to: connection.socket)
                loop.schedule(after: .nanoseconds(time - now), handler: handler, key: key)
            case .giveUp:
                connection.ending = .lost(
                    "no sign of life for \(Duration.nanoseconds(policy.idle + policy.answerWithin))")
                loop.abort(connection.socket)
            }
        } else {
            connection.ending = connection.ending ?? .failed("no answer to the handshake in time")
            loop.abort(connection.socket)
        }
    }

    private static func ending(_ reason: CloseReason, _ problem: String) -> ClientEnding {
        switch reason {
        case .local, .peer: .lost("the connection ended without a goodbye")
        case .error(let code): .lost(String(cString: strerror(code)))
        case .connectFailed(let code): .failed(String(cString: strerror(code)))
        case .timedOut: .failed("no connection in time")
        case .tls(.truncated): .lost("\(reason)")
        case .tls: .failed(problem.isEmpty ? "\(reason)" : problem)
        }
    }

    private static func key(_ socket: SocketID) -> UInt64 {
        UInt64(socket.generation) << 32 | UInt64(UInt32(bitPattern: socket.index))
    }

    private static func socket(_ key: UInt64) -> SocketID {
        SocketID(index: Int32(bitPattern: UInt32(truncatingIfNeeded: key)), generation: UInt32(key >> 32))
    }
}
