import CLinux
import Glibc

extension EventLoop {
    /// How long input is thrown away after our FIN, at most: edge.md's "closed within 100 ms".
    static let lingerTime = Duration.milliseconds(100)
    /// How long a closing socket may take to accept its last bytes.
    static let closingTime = Duration.seconds(5)

    /// Closes in order: what is queued is sent (within 5 s), then our FIN, then the peer's is awaited for at most 100 ms.
    /// Nothing more is received or queued. `SocketHandler.closed` follows, in a later round.
    public func close(_ socket: SocketID) {
        guard let slot = table.live(socket) else { return }
        switch slot.pointee.phase {
        case .open: break
        case .connecting, .listening: return kill(socket, .local)
        case .free, .closing, .lingering, .dead: return
        }
        // The kept bytes stay until the release: a handler may be looking at them right now.
        slot.pointee.phase = .closing
        refreshInterest(socket, slot)
        if slot.pointee.flags.contains(.blocked) {
            wheel.add(at: now + Self.closingTime, handler: Self.housekeepingHandler, key: socket.key)
        } else {
            markDirty(socket, slot)
        }
    }

    /// Closes now; what is queued is dropped. `SocketHandler.closed` follows at the end of the round.
    public func abort(_ socket: SocketID) {
        guard table.live(socket) != nil else { return }
        kill(socket, .local)
    }

    /// The queue of a closing socket, then the FIN, then the linger.
    func finishClosing(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        send(id, slot)
        let waits = slot.pointee.flags.contains(.secure) && slot.pointee.phase == .closing && secureGoodbye(id, slot)
        guard slot.pointee.phase == .closing else { return }
        if slot.pointee.queued > 0 || waits {
            wheel.add(at: now + Self.closingTime, handler: Self.housekeepingHandler, key: id.key)
            return
        }
        if slot.pointee.flags.contains(.inputEnded) || shutdown(id.index, Int32(SHUT_WR)) != 0 {
            return kill(id, slot.pointee.reason)
        }
        linger(id, slot)
    }

    /// Our FIN is out: the peer's is awaited for a moment.
    func linger(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        slot.pointee.phase = .lingering
        slot.pointee.flags.remove(.blocked)
        setInterest(EPOLLIN.rawValue | EPOLLRDHUP.rawValue, of: id)
        wheel.add(at: now + Self.lingerTime, handler: Self.housekeepingHandler, key: id.key)
    }

    /// Marks the socket for release at the end of the round; the first reason given stands.
    func kill(_ id: SocketID, _ reason: CloseReason) {
        guard let slot = table.live(id), slot.pointee.phase != .dead else { return }
        slot.pointee.reason = reason
        if slot.pointee.phase != .listening { dying.append(id) } else { releaseListener(id, slot); return }
        slot.pointee.phase = .dead
    }

    private func releaseListener(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        if slot.pointee.flags.contains(.secure) { endSecure(id) }
        slot.pointee.phase = .free
        Glibc.close(id.index)
        if pausedListeners.contains(id) { resumeListeners() }
    }

    func releaseDead() {
        guard !dying.isEmpty else { return }
        let sockets = dying
        dying.removeAll(keepingCapacity: true)
        for id in sockets { release(id) }
        if !pausedListeners.isEmpty { resumeListeners() }
    }

    private func release(_ id: SocketID) {
        guard let slot = table.live(id), slot.pointee.phase == .dead else { return }
        let handler = handlers[Int(slot.pointee.handler)]
        let reason = slot.pointee.reason
        // Bytes for a client are dropped, so what the kernel still holds for it is half a message: it goes too, instead of
        // waiting, out of anybody's sight, for one who has not read for so long.
        if slot.pointee.queued > 0, slot.pointee.flags.contains(.gated) { clinux_reset_at_close(id.index) }
        if slot.pointee.flags.contains(.secure) { endSecure(id) }
        forget(slot)
        Glibc.close(id.index)
        handler.closed(id, reason: reason, on: self)
    }

    private func forget(_ slot: UnsafeMutablePointer<Slot>) {
        queuedBytesInAll -= slot.pointee.queued
        slot.pointee.outHead = 0
        slot.pointee.outTail = 0
        pool.give(&slot.pointee.out)
        pool.give(&slot.pointee.unread)
        slot.pointee.unreadCount = 0
        slot.pointee.phase = .free
        openSockets -= 1
        if slot.pointee.flags.contains(.gated) { gate.leave() }
    }

    /// Takes an open socket out of this loop, with the bytes nobody used up and those not yet sent, to give it to another.
    ///
    /// From inside `received` all the bytes of that call go along, whatever it returns, and are presented again over there.
    /// `closed` is not called here. nil if the socket is not open.
    public func detach(_ socket: SocketID) -> DetachedSocket? {
        guard let slot = table.live(socket), slot.pointee.phase == .open else { return nil }
        var unread: [UInt8] = []
        if let shown = presenting, shown.socket == socket {
            unread = Array(shown.bytes)
        } else if let base = slot.pointee.unread.base, slot.pointee.unreadCount > 0 {
            unread = Array(UnsafeRawBufferPointer(start: base, count: Int(slot.pointee.unreadCount)))
        }
        var unsent: [UInt8] = []
        if let base = slot.pointee.out.base, slot.pointee.queued > 0 {
            unsent = Array(
                UnsafeRawBufferPointer(start: base + Int(slot.pointee.outHead), count: slot.pointee.queued))
        }
        _ = clinux_epoll_control(epoll, EPOLL_CTL_DEL, socket.index, 0, 0)
        var bound = slot.pointee.bound
        var security: DetachedSecurity?
        if slot.pointee.flags.contains(.secure) {
            bound = secureSocket(socket).pointee.bound
            security = detachSecure(socket)
        }
        let isGated = slot.pointee.flags.contains(.gated)
        forget(slot)
        return DetachedSocket(
            descriptor: socket.index, unread: unread, unsent: unsent, bound: bound, isGated: isGated,
            security: security)
    }

    /// The end of the loop: every socket is closed at once, and every handler hears of it.
    func releaseEverything() {
        for index in 0..<Int32(table.limit) {
            let slot = table.slot(index)
            if slot.pointee.phase != .free {
                kill(SocketID(index: index, generation: slot.pointee.generation), .local)
            }
        }
        releaseDead()
        closures.removeAll()
        handlers.removeAll()
    }
}
