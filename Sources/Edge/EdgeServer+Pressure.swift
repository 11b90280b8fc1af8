import ClusterModel
import Reactor
import WebSocketWire

// What an edge does when there is too much of something.
extension EdgeServer {
    /// What a client that was turned away is told to wait, in seconds: long enough for a crowd to thin out.
    static let retryAfter = 5
    static let unfinishedKey = UInt64.max
    /// Clients that hold less than this give too little back to be worth closing.
    private static let worthClosing = 16 << 10

    // MARK: Too many clients

    /// Counts a client that asks to come in; one too many is refused here.
    func count(_ id: ClientID, _ client: UnsafeMutablePointer<Client>) -> Bool {
        guard !client.pointee.isCounted else { return true }
        guard bounds.caps.enter() else {
            refuse(id, .overloaded("this process has as many clients as it takes", retryAfter: Self.retryAfter))
            return false
        }
        client.pointee.isCounted = true
        return true
    }

    func uncount(_ client: UnsafeMutablePointer<Client>) {
        guard client.pointee.isCounted else { return }
        client.pointee.isCounted = false
        bounds.caps.leave()
    }

    // MARK: Too many handshakes

    /// A client's time for a request begins; if too many are at it, the oldest go.
    func noteUnfinished(_ id: ClientID) {
        guard let client = table.find(id) else { return }
        unfinished.begin(
            UnfinishedHandshakes.Entry(
                client: id, deadline: client.pointee.headDeadline, since: loop.now.nanoseconds))
        if unfinished.mayBeTooMany { dropOldest() }
    }

    private func dropOldest() {
        let going = unfinished.tooMany(at: loop.now.nanoseconds) { entry in
            guard let client = table.find(entry.client) else { return false }
            return client.pointee.phase == .head && client.pointee.headDeadline == entry.deadline
        }
        for entry in going {
            bounds.caps.note(.handshakes)
            refuse(entry.client, .requestTimeout)
        }
        if unfinished.isOver, !looksAtUnfinished {
            looksAtUnfinished = true
            loop.schedule(
                after: .nanoseconds(UnfinishedHandshakes.grace), handler: handlerID, key: Self.unfinishedKey)
        }
    }

    /// Those who were too young to go may be old enough now.
    func lookAtUnfinished() {
        looksAtUnfinished = false
        if unfinished.isOver { dropOldest() }
    }

    // MARK: Too much memory

    /// A listener paused.
    public func acceptPaused(_ pause: AcceptPause, on loop: EventLoop) {
        application.acceptPaused(pause, edge: self)
    }

    /// Closes the clients that hold most: who does not read with 4009, who does not finish a message with 4004. Whoever was
    /// closed before and still has not read its close is cut off.
    public func memoryShort(_ bytes: Int, on loop: EventLoop) -> Int {
        var holders: [(id: ClientID, bytes: Int)] = []
        for id in table.all {
            let held = loop.heldBytes(id) + (table.find(id)?.pointee.reader.heldBytes ?? 0)
            if held >= Self.worthClosing { holders.append((id, held)) }
        }
        holders.sort { $0.bytes > $1.bytes }
        var freed = 0
        for holder in holders where freed < bytes {
            letGo(holder.id)
            freed += holder.bytes
        }
        return freed
    }

    private func letGo(_ id: ClientID) {
        guard let client = table.find(id) else { return }
        switch client.pointee.phase {
        case .head, .answering, .deciding:
            // The application must not go on with a client that it did not refuse itself.
            reportEnd(id, client, reason: "")
            refuse(id, .overloaded("out of memory for requests", retryAfter: Self.retryAfter))
        case .open:
            bounds.caps.note(.memory)
            if loop.queuedBytes(id) > 0 {
                tooSlow(id, client)
            } else {
                overloaded(id, client)
            }
        case .closing, .over: loop.abort(id)
        }
    }

    /// Its half a message is memory that is needed elsewhere: freed at once.
    private func overloaded(_ id: ClientID, _ client: UnsafeMutablePointer<Client>) {
        close(id, code: .overloaded, reason: CloseAdvice(retryMilliseconds: UInt64(Self.retryAfter) * 1000).reason)
        loop.heldElsewhere -= client.pointee.reader.heldBytes
        client.pointee.reader.destroy()
    }
}
