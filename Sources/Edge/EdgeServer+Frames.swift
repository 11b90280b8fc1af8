import ClusterModel
import Reactor
import WebSocketWire

extension EdgeServer {
    /// Reads frames until the bytes or the application's wish for more are used up.
    func readFrames(
        _ bytes: UnsafeMutableRawBufferPointer, _ id: ClientID, _ client: UnsafeMutablePointer<Client>, from start: Int
    ) -> Int {
        var offset = start
        client.pointee.keepAlive.heard(at: loop.now.nanoseconds)
        while true {
            switch client.pointee.reader.next(bytes, offset: &offset) {
            case .needMore: return offset
            case .message(let opcode, let payload):
                // After our close frame the peer's messages are read past, until its own.
                guard client.pointee.phase == .open else { continue }
                counters.messagesIn += 1
                application.received(payload, opcode: opcode, from: id, edge: self)
                if client.pointee.paused, client.pointee.phase == .open { return offset }
            case .ping(let payload):
                guard countControl(id, client) else { return bytes.count }
                if client.pointee.phase == .open { sendControl(.pong, UnsafeRawBufferPointer(payload), to: id) }
            case .pong:
                guard countControl(id, client) else { return bytes.count }
            case .close(let code, let reason):
                peerClosed(
                    id, client, code: code.map { CloseCode(rawValue: $0) },
                    reason: String(decoding: reason, as: UTF8.self))
                return bytes.count
            case .violation(let violation):
                broke(id, client, code: violation.code, reason: violation.reason.description)
                return bytes.count
            }
        }
    }

    private func countControl(_ id: ClientID, _ client: UnsafeMutablePointer<Client>) -> Bool {
        if client.pointee.controls.spend(at: loop.now.nanoseconds, perSecond: limits.controlFramesPerSecond) {
            return true
        }
        broke(id, client, code: .policyViolation, reason: "too many control frames")
        return false
    }

    private func peerClosed(_ id: ClientID, _ client: UnsafeMutablePointer<Client>, code: CloseCode?, reason: String) {
        if client.pointee.closing.peerClosed() == .echoAndEnd {
            // RFC 6455 §5.5.1: the answer carries the code that came; a close without a code is answered by one.
            loop.write(FrameWriter.close(code: code, reason: reason), to: id)
            client.pointee.endCode = code ?? .noStatus
        }
        client.pointee.phase = .over
        reportEnd(id, client, reason: reason)
        loop.close(id)
    }

    func violated(_ id: ClientID, _ client: UnsafeMutablePointer<Client>, code: CloseCode, reason: String) {
        if client.pointee.closing.violated() == .sendClose {
            writeClose(id, code: code, reason: reason)
            client.pointee.endCode = code
        }
        client.pointee.phase = .over
        reportEnd(id, client, reason: reason)
        loop.close(id)
    }

    /// Queues a message; it leaves at the end of the loop's round with all else for this client.
    ///
    /// - Returns: false if the client is not open, or if its queue's bound would be passed: then it is closed with 4009, and
    ///   gets the close if it reads on within five seconds.
    @discardableResult
    public func send(_ opcode: DataOpcode, _ payload: UnsafeRawBufferPointer, to id: ClientID) -> Bool {
        guard let client = table.find(id), client.pointee.phase == .open else { return false }
        let count = FrameWriter.frameCount(payloadCount: payload.count)
        guard let room = loop.reserve(count, on: id) else {
            tooSlow(id, client)
            return false
        }
        FrameWriter.write(opcode.opcode, payload, into: room)
        loop.commit(count, on: id)
        counters.messagesOut += 1
        return true
    }

    func tooSlow(_ id: ClientID, _ client: UnsafeMutablePointer<Client>) {
        client.pointee.endCode = .slowConsumer
        _ = client.pointee.closing.violated()
        writeClose(id, code: .slowConsumer, reason: "")
        client.pointee.phase = .over
        loop.close(id)
        // `ended` follows when the socket is gone: the application is in the middle of sending to this client.
    }

    /// Closes in order: the close frame, the peer's answer within five seconds, then the connection. `ended` follows.
    ///
    /// - Parameter reason: cut to 123 bytes between characters.
    public func close(_ id: ClientID, code: CloseCode, reason: String) {
        guard let client = table.find(id), client.pointee.phase == .open else { return }
        if client.pointee.failure != nil { return finish(id) }
        guard client.pointee.closing.close(at: loop.now.nanoseconds) == .sendClose else { return }
        client.pointee.endCode = code
        client.pointee.phase = .closing
        writeClose(id, code: code, reason: reason)
        if client.pointee.paused {
            client.pointee.paused = false
            loop.resumeReading(id)
        }
        loop.schedule(
            after: .nanoseconds(CloseHandshake.defaultPatience), handler: handlerID, key: id.key)
    }

    /// A close frame has room of its own beyond the queue's bound: it is what a slow client must still hear.
    private func writeClose(_ id: ClientID, code: CloseCode, reason: String) {
        loop.setQueueBound(limits.queueBytes + 256, on: id)
        loop.write(FrameWriter.close(code: code, reason: reason), to: id)
    }

    private func sendControl(_ opcode: Opcode, _ payload: UnsafeRawBufferPointer, to id: ClientID) {
        let count = FrameWriter.frameCount(payloadCount: payload.count)
        // A client that sends pings and reads nothing gets no pongs once its queue is full.
        guard let room = loop.reserve(count, on: id) else { return }
        FrameWriter.write(opcode, payload, into: room)
        loop.commit(count, on: id)
    }

    /// No more messages from this client until `resume`; the kernel's buffer fills and the client is slowed down.
    public func pause(_ id: ClientID) {
        guard let client = table.find(id), client.pointee.phase == .open, !client.pointee.paused else { return }
        client.pointee.paused = true
        loop.pauseReading(id)
    }

    /// Messages again, those first that had come before the pause.
    public func resume(_ id: ClientID) {
        guard let client = table.find(id), client.pointee.paused else { return }
        client.pointee.paused = false
        client.pointee.keepAlive.heard(at: loop.now.nanoseconds)
        loop.resumeReading(id)
    }

    /// Bytes that wait for the client.
    public func queuedBytes(_ id: ClientID) -> Int { loop.queuedBytes(id) }

    /// True while the kernel takes no more bytes for the client; `EdgeApplication.drained` follows.
    public func isBlocked(_ id: ClientID) -> Bool { loop.isBlocked(id) }

    /// One chain of timer calls per client: the head's deadline, then the keep-alive; and one more for a close.
    public func timer(_ key: UInt64, on loop: EventLoop) {
        if key == Self.unfinishedKey { return lookAtUnfinished() }
        let id = ClientID(key: key)
        guard let client = table.find(id) else { return }
        let now = loop.now.nanoseconds
        switch client.pointee.phase {
        case .head:
            let left = client.pointee.headDeadline - now
            if left > 0 { return loop.schedule(after: .nanoseconds(left), handler: handlerID, key: key) }
            refuse(id, .requestTimeout)
        case .answering, .deciding:
            loop.schedule(after: limits.headTime, handler: handlerID, key: key)
        case .open:
            if let failure = client.pointee.failure, now >= failure.deadline { return finish(id) }
            keepAlive(id, client, now: now)
        case .closing:
            if client.pointee.closing.tick(at: now) == .end {
                client.pointee.phase = .over
                loop.close(id)
            }
        case .over: break
        }
    }

    private func keepAlive(_ id: ClientID, _ client: UnsafeMutablePointer<Client>, now: Int64) {
        // A client that we do not read cannot be blamed for its silence.
        if client.pointee.paused { client.pointee.keepAlive.heard(at: now) }
        switch client.pointee.keepAlive.tick(at: now, policy: limits.keepAlive) {
        case .wait(let time): loop.schedule(after: .nanoseconds(time - now), handler: handlerID, key: id.key)
        case .ping(let time):
            sendControl(.ping, UnsafeRawBufferPointer(start: nil, count: 0), to: id)
            loop.schedule(after: .nanoseconds(time - now), handler: handlerID, key: id.key)
        case .giveUp:
            violated(id, client, code: .pongTimeout, reason: CloseCode.pongTimeout.name)
        }
    }

    /// Closes every open client with the code, all at once. For the end of a process.
    public func closeAll(code: CloseCode, reason: String) {
        for id in table.all { close(id, code: code, reason: reason) }
    }
}
