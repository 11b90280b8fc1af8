import CLinux
import CTLS
import Glibc

extension EventLoop {
    // MARK: In

    /// The socket has input; the handler has not paused.
    func readSecure(_ id: SocketID) {
        let socket = secureSocket(id)
        guard socket.pointee.isOpen else { return queueHandshake(id, socket) }
        receiveSecure(id, table.slot(id.index), socket)
    }

    /// One `recv`, then TLS, then the handler with the plain text.
    func receiveSecure(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ socket: UnsafeMutablePointer<SecureSocket>
    ) {
        let got = recv(id.index, secure.input, SecureSockets.inputSize, 0)
        guard got > 0 else { return endOfSecureInput(id, slot, socket, got) }
        guard let session = sessionForInput(socket) else { return kill(id, .error(ENOMEM)) }
        let had = Int(slot.pointee.unreadCount)
        let inPlace = had > Self.joinInPlace
        var room = UnsafeMutableRawBufferPointer(start: readBuffer.baseAddress, count: Self.readBufferSize)
        if inPlace {
            growUnread(slot, atLeast: got + Int(CTLS_RECORD_PLAIN))
            room = .init(start: slot.pointee.unread.base, count: Int(slot.pointee.unread.capacity))
        } else if had > 0, let to = room.baseAddress, let kept = slot.pointee.unread.base {
            memcpy(to, kept, had)
        }
        guard let base = room.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }

        var taken = 0
        var count = had
        var step: ctls_step
        repeat {
            step = ctls_receive(
                session, secure.input + taken, got - taken, base + count, room.count - count, secure.output,
                SecureSockets.outputSize)
            taken += step.taken
            count += step.plain
            if step.wire > 0 {
                _ = sendWire(id, slot, socket, step.wire)
                guard slot.pointee.phase != .dead else { return }
            }
            // More than a flight's worth of answers in one go is taken up again as long as it gets on.
        } while taken < got && step.taken > 0

        let isOpen = step.state == CTLS_OPEN || step.state == CTLS_CLOSED
        if isOpen, !socket.pointee.isOpen, !secureOpened(id, slot, socket, session) { return }
        if count > had {
            if inPlace { slot.pointee.unreadCount = Int32(count) }
            present(id, slot, UnsafeMutableRawBufferPointer(rebasing: room[..<count]), inPlace: inPlace)
            guard slot.pointee.generation == id.generation, slot.pointee.phase == .open else { return }
        }
        if step.state == CTLS_FAILED { failSecure(id, slot, socket, session) }
        if step.state == CTLS_CLOSED { goodbyeCame(id, slot, socket) }
    }

    private func sessionForInput(_ socket: UnsafeMutablePointer<SecureSocket>) -> OpaquePointer? {
        if let session = socket.pointee.session { return session }
        guard case .server(let server) = socket.pointee.side else { return nil }
        let session = ctls_accept(server.context.pointer)
        socket.pointee.session = session
        return session
    }

    /// The peer said that it sends no more. A handler that has paused hears it when it reads on, behind what it left.
    private func goodbyeCame(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ socket: UnsafeMutablePointer<SecureSocket>
    ) {
        if slot.pointee.flags.contains(.paused) {
            socket.pointee.owesEnd = true
        } else {
            tellInputEnded(id, slot)
        }
    }

    /// The kept bytes of a socket that reads on were presented; the end may come behind them.
    func presentSecureEnd(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        guard slot.pointee.generation == id.generation, slot.pointee.phase == .open,
            !slot.pointee.flags.contains(.paused), secureSocket(id).pointee.owesEnd
        else { return }
        secureSocket(id).pointee.owesEnd = false
        tellInputEnded(id, slot)
    }

    private func endOfSecureInput(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ socket: UnsafeMutablePointer<SecureSocket>, _ got: Int
    ) {
        if got < 0 {
            let code = errno
            if code != EAGAIN, code != EINTR { kill(id, .error(code)) }
        } else if socket.pointee.owesEnd {
            socket.pointee.owesEnd = false
            tellInputEnded(id, slot)
        } else if socket.pointee.isOpen {
            tlsCounters.faults[.truncated, default: 0] += 1
            kill(id, .tls(.truncated))
        } else {
            // Somebody looked whether the port is open, or lost patience: nothing that TLS has an opinion on.
            kill(id, .peer)
        }
    }

    // MARK: Out

    /// Seals and sends what is queued, as far as the kernel takes it: few large records, each send as many as fit.
    func sendSecure(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        let socket = secureSocket(id)
        guard sendPending(id, slot, socket), socket.pointee.isOpen, let session = socket.pointee.session else { return }
        while slot.pointee.queued > 0, let base = slot.pointee.out.base?.assumingMemoryBound(to: UInt8.self) {
            let step = ctls_seal(
                session, base + Int(slot.pointee.outHead), slot.pointee.queued, secure.output,
                SecureSockets.outputSize)
            slot.pointee.outHead += Int32(step.taken)
            queuedBytesInAll -= step.taken
            let mayGoOn = step.wire == 0 || sendWire(id, slot, socket, step.wire)
            if step.state == CTLS_FAILED { return failSecure(id, slot, socket, session) }
            guard mayGoOn, step.taken > 0 else { break }
        }
        guard slot.pointee.queued == 0 else { return }
        pool.give(&slot.pointee.out)
        slot.pointee.outHead = 0
        slot.pointee.outTail = 0
    }

    /// Sends what is pending; false if the kernel does not take all of it, or the socket is dead.
    func sendPending(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ socket: UnsafeMutablePointer<SecureSocket>
    ) -> Bool {
        guard socket.pointee.pendingCount > 0, let base = socket.pointee.pending.base else { return true }
        let sent = push(id, slot, base + Int(socket.pointee.pendingHead), socket.pointee.pendingCount)
        guard let sent else { return false }
        socket.pointee.pendingHead += Int32(sent)
        queuedBytesInAll -= sent
        slot.pointee.bound = max(0, socket.pointee.bound - Int32(socket.pointee.pendingCount))
        guard socket.pointee.pendingCount == 0 else {
            block(id, slot)
            return false
        }
        pool.give(&socket.pointee.pending)
        socket.pointee.pendingHead = 0
        socket.pointee.pendingTail = 0
        return true
    }

    /// Sends the first `count` bytes of the output buffer, behind what is pending. False if some of it is pending now, or
    /// the socket is dead.
    func sendWire(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ socket: UnsafeMutablePointer<SecureSocket>, _ count: Int
    ) -> Bool {
        var sent = 0
        if socket.pointee.pendingCount == 0 {
            guard let pushed = push(id, slot, UnsafeMutableRawPointer(secure.output), count) else { return false }
            sent = pushed
        }
        if sent == count { return true }
        guard socket.pointee.pendingCount + count - sent <= SecureSockets.pendingBound else {
            kill(id, .error(ENOBUFS))
            return false
        }
        keepPending(UnsafeRawPointer(secure.output + sent), count - sent, slot, socket)
        block(id, slot)
        return false
    }

    private func block(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        slot.pointee.flags.insert(.blocked)
        watchSecure(id, slot)
    }

    /// As many bytes as the kernel takes; nil if the socket died of it.
    private func push(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ base: UnsafeMutableRawPointer, _ count: Int
    ) -> Int? {
        var sent = 0
        while sent < count {
            let part = clinux_send(id.index, base + sent, count - sent)
            if part >= 0 {
                sent += part
            } else if errno != EINTR {
                if errno == EAGAIN { return sent }
                kill(id, .error(errno))
                return nil
            }
        }
        return sent
    }

    /// Appends bytes of the wire to what is pending.
    func keepPending(
        _ bytes: UnsafeRawPointer, _ count: Int, _ slot: UnsafeMutablePointer<Slot>,
        _ socket: UnsafeMutablePointer<SecureSocket>
    ) {
        let had = socket.pointee.pendingCount
        if Int(socket.pointee.pending.capacity) - Int(socket.pointee.pendingTail) < count {
            pool.grow(&socket.pointee.pending, from: socket.pointee.pendingHead, holding: had, by: count)
            socket.pointee.pendingHead = 0
            socket.pointee.pendingTail = Int32(had)
        }
        if let base = socket.pointee.pending.base { memcpy(base + Int(socket.pointee.pendingTail), bytes, count) }
        socket.pointee.pendingTail += Int32(count)
        queuedBytesInAll += count
        slot.pointee.bound = max(0, socket.pointee.bound - Int32(socket.pointee.pendingCount))
    }
}
