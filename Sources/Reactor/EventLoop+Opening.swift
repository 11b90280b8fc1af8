import CLinux
import Glibc

extension EventLoop {
    /// Listens and gives every connection to the handler. Port 0 takes a free one.
    ///
    /// - Parameters:
    ///   - reusePort: several loops (and processes) may listen on one port; the kernel spreads connections over them.
    ///   - gate: how many connections may come in, shared with other loops; one gate per loop. nil: as many as come.
    ///   - tls: what its connections speak TLS with. The handler sees plain text only; a connection is `accepted` at once
    ///     and silent until TLS is agreed on, so the handler's own deadline for its first bytes covers the handshake.
    /// - Returns: the address with its real port.
    /// - Throws: `ReactorError.system` with the call that failed.
    public func listen(
        on address: SocketAddress, handler: HandlerID, reusePort: Bool = false, backlog: Int32 = 4096,
        gate: AcceptGate? = nil,
        tls: TLSServer? = nil
    ) throws(ReactorError) -> SocketAddress {
        let descriptor = try openSocket(address)
        func refuse(_ call: String) -> ReactorError {
            let code = errno
            Glibc.close(descriptor)
            return .system(call: call, errno: code, address: address.description)
        }
        if case .unix(let path) = address {
            unlink(path)
        } else {
            _ = clinux_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            if reusePort, clinux_set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) != 0 {
                throw refuse("SO_REUSEPORT")
            }
        }
        if address.withSockaddr({ bind(descriptor, $0, $1) }) != 0 { throw refuse("bind") }
        if Glibc.listen(descriptor, backlog) != 0 { throw refuse("listen") }
        occupy(descriptor, .listening, handler, interest: EPOLLIN.rawValue)
        if let gate { admit(by: gate, at: descriptor) }
        if let tls { secureListener(descriptor, with: tls) }
        if case .unix = address { return address }
        return SocketAddress.bound(descriptor) ?? address
    }

    /// Ends all listeners of a handler; connections stay.
    public func stopListening(_ handler: HandlerID) {
        for index in 0..<Int32(table.limit) {
            let slot = table.slot(index)
            if slot.pointee.phase == .listening, slot.pointee.handler == handler.index {
                kill(SocketID(index: index, generation: slot.pointee.generation), .local)
            }
        }
    }

    /// Begins to connect; the handler hears `connected`, or `closed` with `.connectFailed`, `.timedOut` or `.tls`.
    ///
    /// - Parameter tls: whom to find there. With it `connected` means that TLS is agreed on and the server verified; the
    ///   deadline covers that.
    /// - Throws: `ReactorError.system` if no socket can be made.
    public func connect(
        to address: SocketAddress, handler: HandlerID, deadline: Duration = .seconds(5), tls: TLSTarget? = nil
    ) throws(ReactorError) -> SocketID {
        let descriptor = try openSocket(address)
        let answer = address.withSockaddr { Glibc.connect(descriptor, $0, $1) }
        let code = errno
        let id = occupy(descriptor, .connecting, handler, interest: EPOLLOUT.rawValue)
        openSockets += 1
        if let tls { secureSocket(id, table.slot(id.index), .client(tls)) }
        // An immediate refusal is reported like a later one: at the end of the round.
        if answer != 0, code != EINPROGRESS, code != EAGAIN { kill(id, .connectFailed(code)) }
        wheel.add(at: now + deadline, handler: Self.housekeepingHandler, key: id.key)
        return id
    }

    /// Takes over a socket that another loop detached. Its unread bytes are presented in this round or the next.
    public func adopt(_ detached: DetachedSocket, handler: HandlerID) -> SocketID? {
        guard let content = detached.take() else { return nil }
        guard table.contains(content.descriptor) else {
            Glibc.close(content.descriptor)
            content.security?.free()
            return nil
        }
        let id = occupy(
            content.descriptor, .open, handler, interest: EPOLLIN.rawValue | EPOLLRDHUP.rawValue)
        openSockets += 1
        let slot = table.slot(id.index)
        slot.pointee.bound = content.bound
        if content.isGated {
            slot.pointee.flags.insert(.gated)
            gate.enterAnyway()
        }
        if let security = content.security { adoptSecure(security, id, slot) }
        if !content.unread.isEmpty {
            content.unread.withUnsafeBytes { keep($0, in: slot) }
            represent(id, slot)
        }
        if !content.unsent.isEmpty { _ = write(content.unsent, to: id) }
        return id
    }

    private func openSocket(_ address: SocketAddress) throws(ReactorError) -> Int32 {
        let descriptor = clinux_stream_socket(address.family)
        guard descriptor >= 0 else {
            throw .system(call: "socket", errno: errno, address: address.description)
        }
        guard table.contains(descriptor) else {
            Glibc.close(descriptor)
            throw .system(call: "socket", errno: EMFILE, address: address.description)
        }
        if address.family != AF_UNIX { _ = clinux_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        return descriptor
    }

    @discardableResult
    func occupy(_ descriptor: Int32, _ phase: Slot.Phase, _ handler: HandlerID, interest: UInt32) -> SocketID {
        let slot = table.slot(descriptor)
        let generation = slot.pointee.generation &+ 1
        slot.pointee = Slot(
            generation: generation, interest: interest, phase: phase, flags: [], handler: handler.index, reason: .local,
            bound: Int32(EventLoop.defaultQueueBound), unread: PooledBuffer(base: nil), unreadCount: 0,
            out: PooledBuffer(base: nil), outHead: 0, outTail: 0)
        let id = SocketID(index: descriptor, generation: generation)
        _ = clinux_epoll_control(epoll, EPOLL_CTL_ADD, descriptor, interest, id.key)
        return id
    }

    func finishConnect(_ id: SocketID) {
        if table.slot(id.index).pointee.flags.contains(.secure) {
            return continueSecureConnect(id, table.slot(id.index))
        }
        let code = clinux_socket_error(id.index)
        guard code == 0 else { return kill(id, .connectFailed(code)) }
        let slot = table.slot(id.index)
        slot.pointee.phase = .open
        setInterest(EPOLLIN.rawValue | EPOLLRDHUP.rawValue, of: id)
        handlers[Int(slot.pointee.handler)].connected(id, on: self)
        if slot.pointee.queued > 0 { markDirty(id, slot) }
    }

    func setInterest(_ interest: UInt32, of id: SocketID) {
        let slot = table.slot(id.index)
        guard slot.pointee.interest != interest else { return }
        slot.pointee.interest = interest
        _ = clinux_epoll_control(epoll, EPOLL_CTL_MOD, id.index, interest, id.key)
    }

    /// What epoll should watch, from the slot's state.
    func refreshInterest(_ id: SocketID, _ slot: UnsafeMutablePointer<Slot>) {
        var interest: UInt32 = 0
        if slot.pointee.readable { interest |= EPOLLIN.rawValue | EPOLLRDHUP.rawValue }
        if slot.pointee.flags.contains(.blocked) { interest |= EPOLLOUT.rawValue }
        setInterest(interest, of: id)
    }
}
