import CLinux
import Glibc

extension EventLoop {
    /// Above this many kept bytes new ones are received behind them in place, so that a large frame is not copied per read.
    static let joinInPlace = 4096
    /// A handler that keeps more than this without using any of it has no bound of its own; the socket is closed.
    private static let unreadBound = 4 << 20

    /// Stops reading the socket; the kernel's buffer fills and the peer is slowed down.
    public func pauseReading(_ socket: SocketID) {
        guard let slot = table.live(socket), slot.pointee.phase == .open else { return }
        slot.pointee.flags.insert(.paused)
        refreshInterest(socket, slot)
    }

    /// Reads on; bytes that were kept are presented in this round or the next.
    public func resumeReading(_ socket: SocketID) {
        guard let slot = table.live(socket), slot.pointee.phase == .open else { return }
        guard slot.pointee.flags.contains(.paused) else { return }
        slot.pointee.flags.remove(.paused)
        refreshInterest(socket, slot)
        let owesEnd = slot.pointee.flags.contains(.secure) && secureSocket(socket).pointee.owesEnd
        if slot.pointee.unreadCount > 0 || owesEnd { represent(socket, slot) }
    }

    /// Presents what the handler leaves unread once more in this round, though nothing new came.
    public func presentAgain(_ socket: SocketID) {
        guard let slot = table.live(socket), slot.pointee.phase == .open else { return }
        represent(socket, slot)
    }

    func represent(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        guard !slot.pointee.flags.contains(.represent) else { return }
        slot.pointee.flags.insert(.represent)
        represented.append(id)
    }

    func presentKept() {
        guard !represented.isEmpty else { return }
        let sockets = represented
        represented.removeAll(keepingCapacity: true)
        for id in sockets {
            guard let slot = table.live(id) else { continue }
            slot.pointee.flags.remove(.represent)
            guard slot.pointee.phase == .open, !slot.pointee.flags.contains(.paused) else { continue }
            let count = Int(slot.pointee.unreadCount)
            if count > 0, let base = slot.pointee.unread.base {
                present(id, slot, UnsafeMutableRawBufferPointer(start: base, count: count), inPlace: true)
            }
            if slot.pointee.flags.contains(.secure) { presentSecureEnd(id, slot) }
        }
    }

    /// One `recv`, then the handler.
    func read(_ id: SocketID, hangup: Bool) {
        let slot = table.slot(id.index)
        guard slot.pointee.phase == .open else { return }
        if slot.pointee.flags.contains(.paused) || slot.pointee.flags.contains(.inputEnded) {
            // Both directions are gone: waiting for the handler to read would spin on EPOLLHUP.
            if hangup { kill(id, .error(clinux_socket_error(id.index))) }
            return
        }
        if slot.pointee.flags.contains(.secure) { return readSecure(id) }
        let had = Int(slot.pointee.unreadCount)
        if had <= Self.joinInPlace, let base = readBuffer.baseAddress {
            if had > 0, let kept = slot.pointee.unread.base { memcpy(base, kept, had) }
            let got = recv(id.index, base + had, Self.readBufferSize - had, 0)
            guard got > 0 else { return endOfInput(id, got) }
            present(id, slot, UnsafeMutableRawBufferPointer(start: base, count: had + got), inPlace: false)
        } else {
            growUnread(slot, room: 64 << 10)
            guard let base = slot.pointee.unread.base else { return }
            let got = recv(id.index, base + had, Int(slot.pointee.unread.capacity) - had, 0)
            guard got > 0 else { return endOfInput(id, got) }
            slot.pointee.unreadCount = Int32(had + got)
            present(id, slot, UnsafeMutableRawBufferPointer(start: base, count: had + got), inPlace: true)
        }
    }

    /// Shows `bytes` to the handler and keeps what it leaves. `inPlace`: the bytes lie in the slot's own buffer.
    func present(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ bytes: UnsafeMutableRawBufferPointer, inPlace: Bool
    ) {
        presenting = (id, bytes)
        let used = handlers[Int(slot.pointee.handler)].received(bytes, from: id, on: self)
        presenting = nil
        guard slot.pointee.generation == id.generation, slot.pointee.phase == .open else {
            // Closed or detached from inside: nobody will ask for the rest. A dead slot's buffer goes with the slot.
            return
        }
        precondition(used >= 0 && used <= bytes.count, "a handler used up more bytes than it was shown")
        let rest = bytes.count - used
        if rest == 0 {
            pool.give(&slot.pointee.unread)
            slot.pointee.unreadCount = 0
            return
        }
        guard rest <= Self.unreadBound, let base = bytes.baseAddress else { return kill(id, .error(EMSGSIZE)) }
        if inPlace {
            if used > 0 { memmove(base, base + used, rest) }
            slot.pointee.unreadCount = Int32(rest)
        } else {
            slot.pointee.unreadCount = 0
            keep(UnsafeRawBufferPointer(start: base + used, count: rest), in: slot)
        }
    }

    func keep(_ bytes: UnsafeRawBufferPointer, in slot: UnsafeMutablePointer<Slot>) {
        if Int(slot.pointee.unread.capacity) < bytes.count {
            pool.give(&slot.pointee.unread)
            slot.pointee.unread = pool.take(bytes.count)
        }
        if let base = slot.pointee.unread.base, let from = bytes.baseAddress { memcpy(base, from, bytes.count) }
        slot.pointee.unreadCount = Int32(bytes.count)
    }

    private func growUnread(_ slot: UnsafeMutablePointer<Slot>, room: Int) {
        let count = Int(slot.pointee.unreadCount)
        guard Int(slot.pointee.unread.capacity) - count < room / 4 else { return }
        growUnread(slot, atLeast: room)
    }

    /// Makes room for this many bytes behind the kept ones.
    func growUnread(_ slot: UnsafeMutablePointer<Slot>, atLeast room: Int) {
        let count = Int(slot.pointee.unreadCount)
        guard Int(slot.pointee.unread.capacity) - count < room else { return }
        let larger = pool.take(max(count + room, Int(slot.pointee.unread.capacity) * 2))
        if let to = larger.base, let from = slot.pointee.unread.base { memcpy(to, from, count) }
        pool.give(&slot.pointee.unread)
        slot.pointee.unread = larger
    }

    private func endOfInput(_ id: SocketID, _ got: Int) {
        if got < 0 {
            let code = errno
            if code != EAGAIN, code != EINTR { kill(id, .error(code)) }
            return
        }
        tellInputEnded(id, table.slot(id.index))
    }

    func tellInputEnded(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        slot.pointee.flags.insert(.inputEnded)
        slot.pointee.reason = .peer
        refreshInterest(id, slot)
        handlers[Int(slot.pointee.handler)].inputEnded(id, on: self)
    }

    /// After our FIN: throw input away until the peer's FIN, so that our last words are not lost to a reset.
    func discardInput(_ id: SocketID) {
        guard let base = readBuffer.baseAddress else { return }
        for _ in 0..<16 {
            let got = recv(id.index, base, Self.readBufferSize, 0)
            if got > 0 { continue }
            if got < 0, errno == EAGAIN || errno == EINTR { return }
            return kill(id, table.slot(id.index).pointee.reason)
        }
    }
}
