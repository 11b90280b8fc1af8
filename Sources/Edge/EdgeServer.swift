import ClusterModel
import Reactor
import WebSocketWire

/// One loop's side towards clients: HTTP heads, the WebSocket handshake, frames, closing, keeping alive.
///
/// It knows no users and no rings; an `EdgeApplication` behind it does. Gateways and nodes share it.
///
/// ```
/// bytes ─▶ head ─▶ plain request ─▶ answer ─▶ head …
///            └──▶ upgrade ─▶ application ─▶ accept ─▶ 101 ─▶ messages ⇄ ─▶ close ─▶ ended
///                                  └──────▶ refuse ─▶ status, one JSON line, closed
/// ```
public final class EdgeServer: SocketHandler {
    /// The loop this edge lives on.
    public let loop: EventLoop
    /// The bounds it keeps.
    public let limits: EdgeLimits
    /// What it has done.
    public internal(set) var counters = EdgeCounters()

    let bounds: ProcessBounds
    var unfinished: UnfinishedHandshakes
    var looksAtUnfinished = false
    // The application owns the edge, not the other way round.
    unowned let application: any EdgeApplication
    let table: SocketStore<Client>
    private(set) var handler: HandlerID?

    /// An edge on the loop. The application must outlive it; `bounds` are shared with the process's other edges.
    public init(
        loop: EventLoop, limits: EdgeLimits = EdgeLimits(), bounds: ProcessBounds = ProcessBounds(),
        application: any EdgeApplication
    ) {
        self.loop = loop
        self.limits = limits
        self.bounds = bounds
        unfinished = UnfinishedHandshakes(bound: bounds.caps.handshakesPerLoop)
        self.application = application
        table = SocketStore(limit: loop.socketLimit)
        handler = loop.register(self)
    }

    var handlerID: HandlerID {
        guard let handler else { preconditionFailure("an edge is registered with its loop when it is made") }
        return handler
    }

    /// Listens for clients; with `reusePort` several loops share a port.
    ///
    /// - Parameter tls: what clients speak TLS with; they come with wss:// then. The time for a head covers the handshake.
    /// - Returns: the address with its real port.
    public func listen(
        on address: SocketAddress, reusePort: Bool = true, tls: TLSServer? = nil
    ) throws(ReactorError) -> SocketAddress {
        try loop.listen(on: address, handler: handlerID, reusePort: reusePort, gate: bounds.gate, tls: tls)
    }

    /// Takes no more connections; clients that are in stay.
    public func stopListening() { loop.stopListening(handlerID) }

    // MARK: SocketHandler

    /// A new connection: its head has five seconds.
    public func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop) {
        loop.setQueueBound(limits.queueBytes, on: socket)
        let address = ClientCaps.key(of: peer)
        if bounds.caps.connect(address) {
            begin(socket, peer: peer, address: address)
        } else {
            begin(socket, peer: peer, address: ClientCaps.uncounted)
            refuse(socket, .overloaded("too many connections from this address", retryAfter: Self.retryAfter))
        }
    }

    /// - Parameter address: what the connection is counted as already.
    func begin(_ socket: SocketID, peer: SocketAddress, address: UInt64) {
        var client = Client(now: loop.now.nanoseconds, limits: limits)
        client.pending = Pending(peer: peer)
        client.address = address
        table.add(socket, client)
        loop.schedule(after: limits.headTime, handler: handlerID, key: socket.key)
        noteUnfinished(socket)
    }

    /// Bytes of a client, by its phase.
    public func received(
        _ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop
    ) -> Int {
        guard let client = table.find(socket) else { return bytes.count }
        switch client.pointee.phase {
        case .head: return readHeads(bytes, socket, client)
        case .open, .closing:
            // A message that is not complete is memory that the loop does not see. `client` is good until `closed`.
            let before = client.pointee.reader.heldBytes
            let used = readFrames(bytes, socket, client, from: 0)
            let change = client.pointee.reader.heldBytes - before
            if change != 0 { loop.heldElsewhere += change }
            return used
        case .answering, .deciding: return 0
        case .over: return bytes.count
        }
    }

    /// The peer's FIN. A WebSocket without its close frame is over; a plain request may still be waiting for its answer.
    public func inputEnded(_ socket: SocketID, on loop: EventLoop) {
        guard let client = table.find(socket) else { return loop.close(socket) }
        client.pointee.phase = .over
        reportEnd(socket, client, reason: "")
        loop.close(socket)
    }

    /// A slow client caught up.
    public func drained(_ socket: SocketID, on loop: EventLoop) {
        guard let client = table.find(socket), client.pointee.phase == .open else { return }
        application.drained(socket, edge: self)
    }

    /// The socket is gone.
    public func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        guard let client = table.find(socket) else { return }
        client.pointee.phase = .over
        reportEnd(socket, client, reason: "")
        loop.heldElsewhere -= client.pointee.reader.heldBytes
        uncount(client)
        bounds.caps.disconnect(client.pointee.address)
        table.remove(socket)
    }

    // MARK: Ends

    /// Tells the application once that an accepted or deciding client is gone.
    func reportEnd(_ id: ClientID, _ client: UnsafeMutablePointer<Client>, reason: String) {
        guard client.pointee.owesEnd else { return }
        client.pointee.owesEnd = false
        let code = client.pointee.endCode
        if client.pointee.pending == nil {
            counters.open -= 1
            counters.closes[code, default: 0] += 1
        }
        application.ended(id, code: code, reason: reason, edge: self)
    }
}
