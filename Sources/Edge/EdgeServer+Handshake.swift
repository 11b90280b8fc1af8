import Reactor
import WebSocketWire

extension EdgeServer {
    /// Reads requests until there is an upgrade or no whole head is left. Decided per request (edge.md, Handshake).
    func readHeads(
        _ bytes: UnsafeMutableRawBufferPointer, _ id: ClientID, _ client: UnsafeMutablePointer<Client>
    ) -> Int {
        var used = 0
        while client.pointee.phase == .head {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            if rest.isEmpty { return used }
            switch HTTPHead.parse(rest, limits: limits.head) {
            case .needMore: return used
            case .bad(let refusal):
                refuse(id, refusal)
                return bytes.count
            case .head(let head, let consumed):
                switch UpgradeRequest.check(head.withoutIdentityFields()) {
                case .refuse(let refusal):
                    refuse(id, refusal)
                    return bytes.count
                case .plain(let head):
                    used += consumed
                    if !answer(head, id, client) { return used }
                case .upgrade(let request):
                    // The head stays unread until the client is accepted, so that a move takes it along; what stands
                    // before it is used up first, so that it is not answered twice.
                    if used > 0 {
                        loop.presentAgain(id)
                        return used
                    }
                    return ask(request, bytes, consumed, id, client)
                }
            }
        }
        return bytes.count
    }

    private func ask(
        _ request: UpgradeRequest, _ bytes: UnsafeMutableRawBufferPointer, _ consumed: Int, _ id: ClientID,
        _ client: UnsafeMutablePointer<Client>
    ) -> Int {
        guard let pending = client.pointee.pending else { return bytes.count }
        guard count(id, client) else { return bytes.count }
        pending.request = request
        client.pointee.phase = .deciding
        client.pointee.owesEnd = true
        loop.pauseReading(id)
        application.upgrade(request, from: id, peer: pending.peer, edge: self)
        // The application may have accepted, refused or moved it in that call; `client` is good only if it is still here.
        guard let client = table.find(id) else { return 0 }
        return client.pointee.phase == .over ? bytes.count : consumed
    }

    /// Asks for the answer to a plain request. False if it follows later: then nothing more is read until it has come.
    private func answer(_ head: HTTPHead, _ id: ClientID, _ client: UnsafeMutablePointer<Client>) -> Bool {
        guard let pending = client.pointee.pending else { return false }
        pending.endsAfterAnswer = head.wantsClose
        client.pointee.phase = .answering
        if let answer = application.plain(head, from: id, edge: self) { self.answer(id, answer) }
        // The application may have answered in that call, too.
        guard let client = table.find(id) else { return false }
        guard client.pointee.phase == .answering else { return true }
        pending.isWaiting = true
        loop.pauseReading(id)
        return false
    }

    /// Answers a plain request for which `EdgeApplication.plain` returned nil. Nothing happens if the client is gone.
    public func answer(_ id: ClientID, _ answer: PlainAnswer) {
        guard let client = table.find(id), client.pointee.phase == .answering, let pending = client.pointee.pending
        else { return }
        let wasWaiting = pending.isWaiting
        pending.isWaiting = false
        let keep = !pending.endsAfterAnswer && !answer.isError
        loop.write(answer.bytes(keepAlive: keep), to: id)
        guard keep else {
            client.pointee.phase = .over
            return loop.close(id)
        }
        client.pointee.phase = .head
        client.pointee.headDeadline = (loop.now + limits.headTime).nanoseconds
        noteUnfinished(id)
        guard wasWaiting else { return }
        loop.resumeReading(id)
        loop.presentAgain(id)
    }

    /// Lets a client in: the 101, then whatever it sent behind its request.
    ///
    /// - Parameter subprotocol: named in the answer if the client offered it.
    public func accept(_ id: ClientID, subprotocol: String? = nil) {
        guard let client = table.find(id), client.pointee.phase == .deciding,
            let request = client.pointee.pending?.request
        else { return }
        loop.write(request.answer(subprotocol: subprotocol), to: id)
        client.pointee.phase = .open
        client.pointee.pending = nil
        client.pointee.keepAlive.heard(at: loop.now.nanoseconds)
        if limits.keepAlive.idle < limits.headTime.nanoseconds {
            // The head's timer, which goes on as the keep-alive's, would look too late.
            loop.schedule(after: .nanoseconds(limits.keepAlive.idle), handler: handlerID, key: id.key)
        }
        counters.accepted += 1
        counters.open += 1
        loop.resumeReading(id)
        loop.presentAgain(id)
    }

    /// Answers with an error, says why, and closes.
    public func refuse(_ id: ClientID, _ refusal: HTTPRefusal) {
        guard let client = table.find(id) else { return }
        switch client.pointee.phase {
        case .head, .answering, .deciding: break
        case .open, .closing, .over: return
        }
        counters.refused[refusal.status, default: 0] += 1
        client.pointee.owesEnd = false
        client.pointee.phase = .over
        loop.write(refusal.bytes, to: id)
        loop.close(id)
    }

    /// Gives a client that is being decided about to another loop, which decides anew: its edge's application gets `upgrade`.
    /// Only from inside `EdgeApplication.upgrade`.
    ///
    /// - Parameter edge: finds the edge of the other loop, over there.
    public func move(
        _ id: ClientID, to other: LoopHandle, edge: @escaping @Sendable (EventLoop) -> EdgeServer
    ) {
        guard let client = table.find(id), client.pointee.phase == .deciding, let pending = client.pointee.pending
        else {
            return
        }
        let peer = pending.peer
        let address = client.pointee.address
        client.pointee.owesEnd = false
        guard let socket = loop.detach(id) else { return }
        uncount(client)
        table.remove(id)
        other.post { loop in edge(loop).adopt(socket, peer: peer, address: address) }
    }

    func adopt(_ socket: DetachedSocket, peer: SocketAddress, address: UInt64) {
        guard let id = loop.adopt(socket, handler: handlerID) else { return bounds.caps.disconnect(address) }
        begin(id, peer: peer, address: address)
    }
}
