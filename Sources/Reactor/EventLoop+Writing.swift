import CLinux
import Glibc

extension EventLoop {
    /// Bytes a socket's write queue holds at most, unless `setQueueBound` says otherwise: 1 MiB.
    public static let defaultQueueBound = 1 << 20
    /// From here on a round's bytes leave before its end: a queue far beyond the cache gains nothing.
    private static let earlyFlush = 256 << 10

    /// Queues a copy of the bytes; they leave at the end of this round, with all else for this socket in one send.
    ///
    /// - Returns: false if the id is stale, the socket is closing, or the queue's bound would be passed. Nothing was queued
    ///   then, and the caller decides (a slow consumer is closed, a link stops reading its sources).
    @discardableResult
    public func write(_ bytes: UnsafeRawBufferPointer, to socket: SocketID) -> Bool {
        guard let room = reserve(bytes.count, on: socket) else { return false }
        if let to = room.baseAddress, let from = bytes.baseAddress { memcpy(to, from, bytes.count) }
        commit(bytes.count, on: socket)
        return true
    }

    /// `write` for an array.
    @discardableResult
    public func write(_ bytes: [UInt8], to socket: SocketID) -> Bool {
        bytes.withUnsafeBytes { write($0, to: socket) }
    }

    /// Room at the end of the queue to encode into; follow it with `commit`, with no other call for this socket in between.
    ///
    /// - Returns: exactly `count` bytes, or nil as `write` returns false. The bytes are not initialised.
    @inline(__always)
    public func reserve(_ count: Int, on socket: SocketID) -> UnsafeMutableRawBufferPointer? {
        guard let slot = table.live(socket), slot.pointee.phase == .open || slot.pointee.phase == .connecting else {
            return nil
        }
        guard count >= 0, slot.pointee.queued + count <= Int(slot.pointee.bound) else { return nil }
        if Int(slot.pointee.out.capacity) - Int(slot.pointee.outTail) < count { growOut(slot, count) }
        guard let base = slot.pointee.out.base else { return count == 0 ? .init(start: nil, count: 0) : nil }
        return UnsafeMutableRawBufferPointer(start: base + Int(slot.pointee.outTail), count: count)
    }

    /// Counts `count` reserved bytes as queued.
    public func commit(_ count: Int, on socket: SocketID) {
        guard count > 0, let slot = table.live(socket) else { return }
        precondition(
            Int(slot.pointee.outTail) + count <= Int(slot.pointee.out.capacity),
            "more bytes committed than were reserved")
        slot.pointee.outTail += Int32(count)
        queuedBytesInAll += count
        markDirty(socket, slot)
        if slot.pointee.queued >= Self.earlyFlush, slot.pointee.phase == .open,
            !slot.pointee.flags.contains(.blocked)
        {
            send(socket, slot)
        }
    }

    /// Bytes waiting to be sent.
    public func queuedBytes(_ socket: SocketID) -> Int {
        guard let slot = table.live(socket) else { return 0 }
        guard slot.pointee.flags.contains(.secure) else { return slot.pointee.queued }
        return slot.pointee.queued + secureSocket(socket).pointee.pendingCount
    }

    /// True while the kernel takes no more bytes; `SocketHandler.drained` follows.
    public func isBlocked(_ socket: SocketID) -> Bool {
        table.live(socket)?.pointee.flags.contains(.blocked) ?? false
    }

    /// Sets the most bytes the socket's queue may hold, 1 KiB ... 1 GiB.
    public func setQueueBound(_ bytes: Int, on socket: SocketID) {
        guard let slot = table.live(socket) else { return }
        let bound = Int32(clamping: max(1 << 10, min(bytes, 1 << 30)))
        slot.pointee.bound = bound
        guard slot.pointee.flags.contains(.secure) else { return }
        let entry = secureSocket(socket)
        entry.pointee.bound = bound
        slot.pointee.bound = max(0, bound - Int32(entry.pointee.pendingCount))
    }

    @inline(__always)
    func markDirty(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        guard slot.pointee.flags.isDisjoint(with: [.dirty, .blocked]) else { return }
        slot.pointee.flags.insert(.dirty)
        dirty.append(id)
    }

    private func growOut(_ slot: UnsafeMutablePointer<Slot>, _ count: Int) {
        let queued = slot.pointee.queued
        pool.grow(&slot.pointee.out, from: slot.pointee.outHead, holding: queued, by: count)
        slot.pointee.outHead = 0
        slot.pointee.outTail = Int32(queued)
    }

    func flushDirty() {
        guard !dirty.isEmpty else { return }
        var index = 0
        // A failed send may close a socket, but never queues bytes: the list does not grow here.
        while index < dirty.count {
            let id = dirty[index]
            index += 1
            guard let slot = table.live(id) else { continue }
            slot.pointee.flags.remove(.dirty)
            switch slot.pointee.phase {
            case .open: send(id, slot)
            case .closing: finishClosing(id, slot)
            case .free, .listening, .connecting, .lingering, .dead: break
            }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    /// Sends what is queued, as far as the kernel takes it.
    func send(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        if slot.pointee.flags.contains(.secure) { return sendSecure(id, slot) }
        while slot.pointee.queued > 0, let base = slot.pointee.out.base {
            let sent = clinux_send(id.index, base + Int(slot.pointee.outHead), slot.pointee.queued)
            if sent < 0 {
                if errno == EINTR { continue }
                if errno != EAGAIN { return kill(id, .error(errno)) }
                slot.pointee.flags.insert(.blocked)
                refreshInterest(id, slot)
                return
            }
            slot.pointee.outHead += Int32(sent)
            queuedBytesInAll -= sent
        }
        pool.give(&slot.pointee.out)
        slot.pointee.outHead = 0
        slot.pointee.outTail = 0
    }

    /// EPOLLOUT: the kernel takes bytes again.
    func flushBlocked(_ id: SocketID) {
        let slot = table.slot(id.index)
        slot.pointee.flags.remove(.blocked)
        send(id, slot)
        guard slot.pointee.phase != .dead else { return }
        if slot.pointee.phase == .closing { return finishClosing(id, slot) }
        if slot.pointee.queued <= Int(slot.pointee.bound) / 8 {
            handlers[Int(slot.pointee.handler)].drained(id, on: self)
        }
        if slot.pointee.generation == id.generation, slot.pointee.phase == .open { refreshInterest(id, slot) }
    }
}
