import ClusterModel
import SessionLink

// What goes to and from the client.
extension GatewaySessionMachine {
    /// The client sent a message. The bytes are copied once, into the session's window.
    public mutating func clientSent(_ bytes: UnsafeRawBufferPointer, isText: Bool) -> Intake {
        guard stage != .over, farewell == nil else { return .full }
        let n = window.append(
            bytes, isText: isText, maxMessages: limits.values.messages, maxBytes: limits.values.bytes)
        guard let n else {
            isFull = true
            return .full
        }
        guard stage == .homed || stage == .catchingUp else { return .kept(n: n) }
        window.sent(through: n)
        return .send(n: n)
    }

    /// A resumable client acknowledged all up to here; or a plain client's socket took it.
    public mutating func clientReceived(through position: Position, _ actions: inout [Action]) {
        guard stage != .over else { return }
        // What was said without a frame, a home or a duplicate, needs no client's socket.
        receive(through: kind == .plain && position >= passedOn ? last : min(position, last))
    }

    mutating func receive(through position: Position) {
        guard position > received else { return }
        received = position
        owesReceived = leg != nil
        let acknowledged = buffer.prefix { $0.position <= position }
        if acknowledged.isEmpty { return }
        bufferBytes -= acknowledged.reduce(0) { $0 + $1.frame.count }
        buffer.removeFirst(acknowledged.count)
    }

    /// P3, P4: a message that was here before, by whatever way, is not passed on again.
    mutating func deliver(_ message: KeptMessage, _ now: Duration, _ actions: inout [Action]) {
        // Nobody is there to keep it for; the node has it still.
        guard farewell == nil else { return }
        let bounds = limits.values
        var verdict = marks.admit(message.key, now: now, most: bounds.marks, age: bounds.markAge)
        if verdict == .duplicate, !RehomingRule.dropDuplicates.holds || !RehomingRule.markAtGateway.holds {
            verdict = .fresh
        }
        last = max(last, message.position)
        switch verdict {
        case .duplicate: actions.append(.say(attempt, .duplicate(message.position)))
        case .declined: actions.append(.say(attempt, .declined(message.position)))
        case .fresh:
            owesStored = true
            passedOn = max(passedOn, message.position)
            actions.append(.deliver(message))
            if kind == .resumable { keep(message, &actions) }
        }
    }

    /// A client that does not acknowledge is closed, so that its gateway never keeps more than the bounds.
    private mutating func keep(_ message: KeptMessage, _ actions: inout [Action]) {
        buffer.append(message)
        bufferBytes += message.frame.count
        let bounds = limits.values
        guard buffer.count > bounds.messages || (bufferBytes > bounds.bytes && buffer.count > 1) else { return }
        actions.append(.say(attempt, .close(code: CloseCode.slowConsumer.rawValue)))
        end(.slowConsumer, reason: "", &actions)
    }

    /// A round of the driver's loop ends: says what was gathered.
    public mutating func flush(_ actions: inout [Action]) {
        guard leg != nil, stage != .attaching else { return }
        if owesStored { actions.append(.say(attempt, .stored(through: last))) }
        if owesReceived { actions.append(.say(attempt, .received(through: received))) }
        owesStored = false
        owesReceived = false
    }

    /// The client is gone, with this code. On a leg, its owner hears it at once. Without one the machine goes on, for as long as
    /// it would have kept the client: the next owner gets what was sent, and then the end.
    public mutating func clientClosed(_ code: UInt16, now: Duration, _ actions: inout [Action]) {
        guard stage != .over, farewell == nil else { return }
        farewell = code
        let isNothingToTell = !isIn && window.isEmpty
        switch stage {
        case .catchingUp, .homed: sayFarewell(code, &actions)
        case .attaching where isNothingToTell: sayFarewell(code, &actions)
        case .waiting where isNothingToTell, .pausing where isNothingToTell: finish(&actions)
        case .waiting, .pausing, .queued, .attaching, .releasing:
            if strandedUntil == nil { strandedUntil = now + limits.values.ownerless }
        case .over: break
        }
    }

    mutating func sayFarewell(_ code: UInt16, _ actions: inout [Action]) {
        flush(&actions)
        actions.append(.say(attempt, .close(code: code)))
        finish(&actions)
    }

    /// The session is over for the client too.
    mutating func end(_ code: CloseCode, reason: String, _ actions: inout [Action]) {
        if farewell == nil {
            actions.append(isIn ? .close(code, reason: reason) : .refuse(status: 503, reason: reason))
        }
        finish(&actions)
    }

    mutating func finish(_ actions: inout [Action]) {
        giveSlotBack(&actions)
        stage = .over
        leg = nil
        timer = nil
        strandedUntil = nil
        window = UpstreamWindow()
        marks = SenderMarks()
        buffer = []
        bufferBytes = 0
        state = nil
    }
}
