import CLinux
import Glibc

extension EventLoop {
    /// Connections taken per round and listener: a flood of new clients does not starve those that are in.
    private static let acceptsPerRound = 64
    /// A paused loop looks for itself this often: room may also come from what no gate counts.
    private static let lookAgain = Duration.milliseconds(100)
    /// Changes of held memory below this are not worth telling.
    private static let heldGrain = 64 << 10

    /// Connections of the listener need a place in the gate.
    func admit(by gate: AcceptGate, at listener: Int32) {
        table.slot(listener).pointee.flags.insert(.gated)
        self.gate = gate
        gate.join(handle)
    }

    func acceptMany(_ listener: SocketID) {
        let slot = table.slot(listener.index)
        let handler = HandlerID(index: slot.pointee.handler)
        let isGated = slot.pointee.flags.contains(.gated)
        let isSecure = slot.pointee.flags.contains(.secure)
        for _ in 0..<Self.acceptsPerRound {
            // The place comes first: what has none stays in the kernel's queue.
            if isGated, let reason = gate.enter() { return pauseListener(listener, reason, 0) }
            guard let (id, peer) = acceptOne(listener, handler) else {
                let code = errno
                if isGated { gate.leave() }
                switch code {
                case EMFILE, ENFILE, ENOBUFS, ENOMEM: return pauseListener(listener, .kernel, code)
                case EINTR, ECONNABORTED: continue
                default: return
                }
            }
            if isGated { table.slot(id.index).pointee.flags.insert(.gated) }
            if isSecure { secureAccepted(id, from: listener) }
            handlers[Int(handler.index)].accepted(id, from: peer, on: self)
            guard table.live(listener)?.pointee.phase == .listening else { return }
        }
    }

    /// The next connection; nil and errno if there is none (ECONNABORTED for one that we can't keep).
    private func acceptOne(_ listener: SocketID, _ handler: HandlerID) -> (SocketID, SocketAddress)? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = clinux_accept(listener.index, &storage, &length)
        guard descriptor >= 0 else { return nil }
        guard table.contains(descriptor), let peer = SocketAddress(storage) else {
            Glibc.close(descriptor)
            errno = ECONNABORTED
            return nil
        }
        if storage.ss_family != sa_family_t(AF_UNIX) {
            _ = clinux_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        }
        openSockets += 1
        return (occupy(descriptor, .open, handler, interest: EPOLLIN.rawValue | EPOLLRDHUP.rawValue), peer)
    }

    /// The waiting connections stay in the kernel's queue, and the loop does not spin on them. It goes on when the gate has
    /// room, when a socket of this loop closes, and looks again every 100 ms.
    private func pauseListener(_ listener: SocketID, _ reason: AcceptPause.Reason, _ code: Int32) {
        setInterest(0, of: listener)
        pausedListeners.append(listener)
        if let report = gate.paused(handle, reason, errno: code, at: now) {
            handlers[Int(table.slot(listener.index).pointee.handler)].acceptPaused(report, on: self)
        }
        if reason == .memory { gate.relieve(at: now) }
        lookAtListenersLater()
        // Room that came between the refusal and the word to the gate wakes nobody.
        if reason != .kernel, gate.hasRoom { handle.post { $0.resumeListeners() } }
    }

    private func lookAtListenersLater() {
        guard !listenersAwaitTimer else { return }
        listenersAwaitTimer = true
        after(Self.lookAgain) { loop in
            loop.listenersAwaitTimer = false
            loop.resumeListeners()
            if !loop.pausedListeners.isEmpty { loop.lookAtListenersLater() }
        }
    }

    /// Lets paused listeners accept again, as far as there is room.
    func resumeListeners() {
        guard !pausedListeners.isEmpty else { return }
        let hasRoom = gate.hasRoom
        pausedListeners.removeAll { listener in
            guard let slot = table.live(listener), slot.pointee.phase == .listening else { return true }
            guard hasRoom || !slot.pointee.flags.contains(.gated) else { return false }
            setInterest(EPOLLIN.rawValue, of: listener)
            return true
        }
        if pausedListeners.isEmpty { gate.resumed(handle) } else { gate.stillPaused(handle) }
    }

    // MARK: Memory

    /// Bytes of memory that a socket's buffers take, in both directions.
    public func heldBytes(_ socket: SocketID) -> Int {
        guard let slot = table.live(socket) else { return 0 }
        return Int(slot.pointee.out.capacity) + Int(slot.pointee.unread.capacity)
    }

    /// Tells the gate what this loop holds, once per round and only if it changed by much.
    @inline(__always)
    func tellHeld() {
        let change = pool.lentBytes + heldElsewhere - toldHeld
        if change.magnitude >= Self.heldGrain { tellHeld(change) }
    }

    private func tellHeld(_ change: Int) {
        toldHeld += change
        gate.note(heldBytes: change, at: now)
    }

    /// Lets go of a share of what is held, and sees to it that somebody looks again.
    func relieve(share: Double) {
        var wanted = Int(Double(pool.lentBytes + heldElsewhere) * share)
        for handler in handlers where wanted > 0 { wanted -= handler.memoryShort(wanted, on: self) }
        after(AcceptGate.reliefEvery + .milliseconds(10)) { $0.gate.relieve(at: $0.now) }
    }
}
