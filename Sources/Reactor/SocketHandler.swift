/// What speaks a protocol on a loop: one object per protocol and loop, not one per socket.
///
/// Keep per-socket state in a table of your own, indexed by `SocketID.index`. All calls come on the loop's thread. A call may
/// use every method of the loop, closing the socket it is about included; no call ever comes from inside one of the loop's
/// own methods, so nothing has to be re-entrant.
public protocol SocketHandler: AnyObject {
    /// A listener took a connection. Its first bytes come later, with `received`.
    func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop)
    /// A connection that `EventLoop.connect` began is open.
    func connected(_ socket: SocketID, on loop: EventLoop)
    /// Unread bytes: what was kept from before, followed by what just came.
    ///
    /// The buffer lives for the call and may be changed in place. Returns how many bytes were used up, from the front; the
    /// loop keeps the rest and presents it again in front of the next bytes.
    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int
    /// The peer sends no more (its FIN); writing is still possible. Without an own implementation the socket is closed.
    func inputEnded(_ socket: SocketID, on loop: EventLoop)
    /// The socket had been blocked (the kernel took no more bytes) and its queue is now below an eighth of its bound.
    func drained(_ socket: SocketID, on loop: EventLoop)
    /// The socket is gone: exactly once for each accepted, connected or connecting socket. The id is stale after the call.
    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop)
    /// A time asked for with `EventLoop.schedule` has come.
    func timer(_ key: UInt64, on loop: EventLoop)
    /// The end of a loop round in which `EventLoop.atRoundEnd` was called; what is written here leaves in the same round.
    func roundEnded(on loop: EventLoop)
    /// A listener paused; it resumes by itself. At most once a second for all loops that share an `AcceptGate`.
    func acceptPaused(_ pause: AcceptPause, on loop: EventLoop)
    /// The process holds too much memory for clients: let go of about so many bytes, of those who hold most first.
    ///
    /// Returns how many bytes that gives back, now or soon. Asked again a little later while it is still too much.
    func memoryShort(_ bytes: Int, on loop: EventLoop) -> Int
}

extension SocketHandler {
    /// Does nothing.
    public func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop) {}
    /// Does nothing.
    public func connected(_ socket: SocketID, on loop: EventLoop) {}
    /// Closes the socket.
    public func inputEnded(_ socket: SocketID, on loop: EventLoop) { loop.close(socket) }
    /// Does nothing.
    public func drained(_ socket: SocketID, on loop: EventLoop) {}
    /// Does nothing.
    public func timer(_ key: UInt64, on loop: EventLoop) {}
    /// Does nothing.
    public func roundEnded(on loop: EventLoop) {}
    /// Does nothing.
    public func acceptPaused(_ pause: AcceptPause, on loop: EventLoop) {}
    /// Holds nothing that it could let go of.
    public func memoryShort(_ bytes: Int, on loop: EventLoop) -> Int { 0 }
}
