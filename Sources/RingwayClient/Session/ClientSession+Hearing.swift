import Rehoming

extension ClientSession {
    /// A text frame of the server's. What is none of the protocol is passed over.
    public mutating func heard(_ frame: UnsafeRawBufferPointer, now: Duration, _ actions: inout [Action]) {
        guard !isClosed, let (frame, place) = ServerFrame.read(frame) else { return }
        heardAt = now
        if case .welcome(let session, _, _, let position) = frame {
            resume = place.resume
            node = place.node
            return welcomed(session, position, now: now, &actions)
        }
        resume = place.resume ?? resume
        node = place.node ?? node
        switch frame {
        case .resumed(let recovered, let replayed):
            open(recovered: recovered, replayed: replayed, now: now, &actions)
        case .home(let position): take(position, nil, &actions)
        case .message(let message): take(message, &actions)
        case .result(let n, let status, let reason):
            heard(resultOf: n, status, reason, now: now, &actions)
        case .error(let reason, let n?) where sends[n] != nil:
            settle(n, SendResult(.rejected, reason), &actions)
        case .error(let reason, _): actions.append(.problem(reason))
        case .welcome, .other: break
        }
    }

    private mutating func welcomed(
        _ session: String, _ position: Position?, now: Duration, _ actions: inout [Action]
    ) {
        let former = self.session
        self.session = session
        // Back in the same session: `resumed` follows.
        guard session != former else { return }
        // Another session: its positions begin anew, and nobody can say what became of what the former one sent.
        last = position
        generation = 0
        handledPosition = nil
        for index in inbox.indices { inbox[index].position = nil }
        for n in sends.keys.sorted() where sends[n]?.sentAt != nil {
            settle(n, SendResult(.unknown, "the session was lost"), &actions)
        }
        open(recovered: former == nil, replayed: 0, now: now, &actions)
    }

    private mutating func open(recovered: Bool, replayed: Int, now: Duration, _ actions: inout [Action]) {
        isOpen = true
        welcomeBy = nil
        openedAt = now
        writeAll(now: now, &actions)
        flush(&actions)
        actions.append(.state(.open(recovered: recovered, replayed: replayed)))
    }

    private mutating func take(_ message: ReceivedMessage, _ actions: inout [Action]) {
        // A fast message has no position: it comes once at most, and may overtake.
        if message.position != nil, let key = message.key, !memory.isNew(key) {
            return take(message.position, nil, &actions)
        }
        take(message.position, message, &actions)
    }

    /// Positions are acknowledged in order, also those of what the application does not see: the server waits for them.
    private mutating func take(
        _ position: Position?, _ message: ReceivedMessage?, _ actions: inout [Action]
    ) {
        if let position, last.map({ $0 < position }) ?? true { last = position }
        inbox.append((position, message))
        deliverNext(&actions)
    }

    /// The application is done with the message that was delivered.
    public mutating func handled(_ actions: inout [Action]) {
        guard isDelivering else { return }
        isDelivering = false
        done(&actions)
        deliverNext(&actions)
    }

    private mutating func deliverNext(_ actions: inout [Action]) {
        while !isDelivering, let (_, message) = inbox.first {
            guard let message else {
                done(&actions)
                continue
            }
            isDelivering = true
            actions.append(.deliver(message))
        }
    }

    private mutating func done(_ actions: inout [Action]) {
        guard let position = inbox.removeFirst().position else { return }
        handledPosition = position
        unacknowledged += 1
        if unacknowledged >= bounds.batch { flush(&actions) }
    }

    /// The driver's round ends: says what was handled since the last time, in one frame.
    public mutating func flush(_ actions: inout [Action]) {
        guard isOpen, let position = handledPosition else { return }
        actions.append(.write(Array(#"{"type":"ack","position":"\#(position)"}"#.utf8)))
        handledPosition = nil
        unacknowledged = 0
    }
}
