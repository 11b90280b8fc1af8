import CLinux
import CTLS
import Glibc

// A TLS socket is a socket whose `send` and `recv` have another station between them and the handler:
//
//   handler ─▶ queue of plain text ─▶ seal ─▶ output ─▶ send          (once per round and socket)
//                                                └─▶ pending, while the kernel takes no more
//   handler ◀─ kept + read buffer  ◀─ open ◀─ input  ◀─ recv
//
// The two stations share the loop's buffers. What stays with an idle socket is OpenSSL's session and a few words here.
extension EventLoop {
    func secureSocket(_ id: SocketID) -> UnsafeMutablePointer<SecureSocket> {
        guard let socket = secure.store.find(id) else {
            preconditionFailure("every socket with the flag `secure` has its entry")
        }
        return socket
    }

    /// The sockets that a listener accepts speak TLS.
    func secureListener(_ descriptor: Int32, with server: TLSServer) {
        let slot = table.slot(descriptor)
        secureSocket(
            SocketID(index: descriptor, generation: slot.pointee.generation), slot, .listener(server))
    }

    /// An accepted socket speaks TLS if its listener does.
    func secureAccepted(_ id: SocketID, from listener: SocketID) {
        guard case .listener(let server) = secureSocket(listener).pointee.side else { return }
        secureSocket(id, table.slot(id.index), .server(server))
    }

    /// Makes TLS of a socket that has said nothing yet.
    func secureSocket(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ side: SecureSocket.Side) {
        slot.pointee.flags.insert(.secure)
        secure.store.add(id, SecureSocket(side: side, bound: slot.pointee.bound))
    }

    // MARK: Handshakes

    /// Input of a connection that is not open yet waits for the end of the round: its cryptography costs as much as hundreds
    /// of messages, and those who are in come first.
    func queueHandshake(_ id: SocketID, _ socket: UnsafeMutablePointer<SecureSocket>) {
        guard !socket.pointee.isQueued else { return }
        socket.pointee.isQueued = true
        handshakes.append(id)
    }

    /// Works on handshakes for a millisecond, at least on one; the others wait for the next round, unwatched meanwhile.
    func runHandshakes() {
        guard !handshakes.isEmpty else { return }
        let end = clinux_monotonic_nanoseconds() + Self.handshakeNanosecondsPerRound
        var done = 0
        repeat {
            let id = handshakes[done]
            done += 1
            guard let slot = table.live(id), let socket = secure.store.find(id) else { continue }
            socket.pointee.isQueued = false
            guard slot.pointee.phase == .open || slot.pointee.phase == .connecting else { continue }
            if socket.pointee.isMuted {
                socket.pointee.isMuted = false
                watchSecure(id, slot)
            }
            if slot.pointee.phase == .open, !slot.pointee.readable { continue }
            receiveSecure(id, slot, socket)
        } while done < handshakes.count && clinux_monotonic_nanoseconds() < end
        handshakes.removeFirst(done)
        for id in handshakes {
            guard let socket = secure.store.find(id), !socket.pointee.isMuted else { continue }
            socket.pointee.isMuted = true
            setInterest(0, of: id)
        }
    }

    /// `refreshInterest`, also for a socket whose TCP connection stands and whose TLS does not.
    func watchSecure(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        guard slot.pointee.phase == .connecting else { return refreshInterest(id, slot) }
        let blocked = slot.pointee.flags.contains(.blocked) ? EPOLLOUT.rawValue : 0
        setInterest(EPOLLIN.rawValue | EPOLLRDHUP.rawValue | blocked, of: id)
    }

    /// The TCP connection stands, or something came on it: TLS goes on.
    func continueSecureConnect(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        let socket = secureSocket(id)
        guard socket.pointee.session == nil else {
            if slot.pointee.flags.contains(.blocked) {
                slot.pointee.flags.remove(.blocked)
                guard sendPending(id, slot, socket) else { return }
                watchSecure(id, slot)
            }
            return queueHandshake(id, socket)
        }
        let code = clinux_socket_error(id.index)
        guard code == 0 else { return kill(id, .connectFailed(code)) }
        guard case .client(let target) = socket.pointee.side,
            let session = ctls_connect(target.client.context.pointer, target.name)
        else { return kill(id, .tls(.other)) }
        socket.pointee.session = session
        let step = ctls_receive(session, nil, 0, nil, 0, secure.output, SecureSockets.outputSize)
        guard sendWire(id, slot, socket, step.wire) else { return }
        watchSecure(id, slot)
    }

    /// The handshake is done; false if the socket is no longer what it was.
    func secureOpened(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ socket: UnsafeMutablePointer<SecureSocket>,
        _ session: OpaquePointer
    ) -> Bool {
        socket.pointee.isOpen = true
        tlsCounters.handshakes[String(cString: ctls_version(session)), default: 0] += 1
        if ctls_resumed(session) == 1 { tlsCounters.resumed += 1 }
        if slot.pointee.phase == .connecting {
            slot.pointee.phase = .open
            refreshInterest(id, slot)
            handlers[Int(slot.pointee.handler)].connected(id, on: self)
            guard slot.pointee.generation == id.generation, slot.pointee.phase == .open else { return false }
        }
        if slot.pointee.queued > 0 { markDirty(id, slot) }
        return true
    }

    // MARK: Ends

    /// Inside `SocketHandler.closed`: its reason in words, with OpenSSL's own behind those of a TLS failure.
    public func words(for reason: CloseReason) -> String {
        guard case .tls = reason, !tlsProblem.isEmpty else { return "\(reason)" }
        return "\(reason) (\(tlsProblem))"
    }

    /// TLS failed, and the alert that says so is sent or pending: nothing more is received or queued.
    func failSecure(
        _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>, _ socket: UnsafeMutablePointer<SecureSocket>,
        _ session: OpaquePointer
    ) {
        guard slot.pointee.phase == .open || slot.pointee.phase == .connecting || slot.pointee.phase == .closing else {
            return
        }
        let fault = TLSFault(of: session)
        tlsCounters.faults[fault, default: 0] += 1
        slot.pointee.reason = .tls(fault)
        dropQueue(slot)
        // Bytes of the peer that nobody reads would turn the alert into a reset; so they are read and thrown away.
        guard socket.pointee.pendingCount == 0, shutdown(id.index, Int32(SHUT_WR)) == 0 else {
            return kill(id, .tls(fault))
        }
        linger(id, slot)
    }

    /// Throws the queue of plain text away.
    func dropQueue(_ slot: UnsafeMutablePointer<Slot>) {
        queuedBytesInAll -= slot.pointee.queued
        slot.pointee.outHead = 0
        slot.pointee.outTail = 0
        pool.give(&slot.pointee.out)
    }

    /// A closing socket's goodbye, once its queue is empty. True while bytes of it wait for the kernel.
    func secureGoodbye(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) -> Bool {
        let socket = secureSocket(id)
        guard let session = socket.pointee.session, socket.pointee.isOpen else {
            // Nobody to seal for: what was to be said can't be said.
            dropQueue(slot)
            return false
        }
        if slot.pointee.queued == 0, socket.pointee.pendingCount == 0, !socket.pointee.saidClose {
            socket.pointee.saidClose = true
            let count = ctls_close(session, secure.output, SecureSockets.outputSize)
            return !sendWire(id, slot, socket, count)
        }
        return socket.pointee.pendingCount > 0
    }

    /// Lets go of a socket's TLS; what its session says of its end is in `tlsProblem` until the next socket's end.
    func endSecure(_ id: SocketID) {
        guard let socket = secure.store.find(id) else { return }
        if let session = socket.pointee.session {
            tlsProblem = String(cString: ctls_error(session))
            ctls_session_free(session)
        } else {
            tlsProblem = ""
        }
        dropPending(socket)
        secure.store.remove(id)
    }

    private func dropPending(_ socket: UnsafeMutablePointer<SecureSocket>) {
        queuedBytesInAll -= socket.pointee.pendingCount
        socket.pointee.pendingHead = 0
        socket.pointee.pendingTail = 0
        pool.give(&socket.pointee.pending)
    }

    // MARK: Moving

    /// Takes a socket's TLS out of this loop.
    func detachSecure(_ id: SocketID) -> DetachedSecurity {
        let socket = secureSocket(id)
        var pending: [UInt8] = []
        if let base = socket.pointee.pending.base, socket.pointee.pendingCount > 0 {
            pending = Array(
                UnsafeRawBufferPointer(
                    start: base + Int(socket.pointee.pendingHead), count: socket.pointee.pendingCount))
        }
        let detached = DetachedSecurity(
            side: socket.pointee.side, session: socket.pointee.session.map { CHandle($0) }, pending: pending,
            isOpen: socket.pointee.isOpen, owesEnd: socket.pointee.owesEnd)
        dropPending(socket)
        secure.store.remove(id)
        return detached
    }

    /// Goes on with the TLS of a socket that another loop detached.
    func adoptSecure(_ detached: DetachedSecurity, _ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        secureSocket(id, slot, detached.side)
        let socket = secureSocket(id)
        socket.pointee.session = detached.session?.pointer
        socket.pointee.isOpen = detached.isOpen
        socket.pointee.owesEnd = detached.owesEnd
        if detached.owesEnd { represent(id, slot) }
        detached.pending.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return }
            keepPending(base, bytes.count, slot, socket)
            slot.pointee.flags.insert(.blocked)
            refreshInterest(id, slot)
        }
    }
}
