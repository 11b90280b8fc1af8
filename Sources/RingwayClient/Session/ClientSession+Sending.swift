import ClusterModel

extension ClientSession {
    /// Sends JSON to a user: now, or when there is a connection.
    ///
    /// - Parameter data: valid JSON; it is carried byte for byte.
    /// - Returns: the message's number, which its results bear. Numbers rise for as long as the session object lives.
    public mutating func send(
        to user: String, data: [UInt8], class kind: SendClass = .reliable, now: Duration, _ actions: inout [Action]
    ) -> UInt64 {
        lastNumber += 1
        let n = lastNumber
        let frame = Self.frame(n, to: user, data: data, kind)
        guard !isClosed else {
            actions.append(.result(n, SendResult(.rejected, "closed")))
            return n
        }
        guard sends.count < bounds.messages, keptBytes + frame.count <= bounds.bytes else {
            actions.append(.result(n, SendResult(.rejected, "busy")))
            return n
        }
        sends[n] = Send(frame: frame, isFast: kind == .fast)
        keptBytes += frame.count
        if isOpen { write(n, now: now, &actions) }
        return n
    }

    private static func frame(_ n: UInt64, to user: String, data: [UInt8], _ kind: SendClass) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("type", "send")
        writer.string("id", "\(n)")
        writer.string("to", user)
        writer.raw("data", data)
        writer.string("class", kind.rawValue)
        writer.integer("n", n)
        writer.endObject()
        return writer.bytes
    }

    /// Everything that has no last result, in order.
    mutating func writeAll(now: Duration, _ actions: inout [Action]) {
        for n in sends.keys.sorted() { write(n, now: now, &actions) }
    }

    private mutating func write(_ n: UInt64, now: Duration, _ actions: inout [Action]) {
        guard var send = sends[n] else { return }
        if let sentAt = send.sentAt {
            send.isAgain = true
            sends[n] = send
            // Its recipient may have forgotten this sender by now, and would not know a duplicate.
            guard now - sentAt < bounds.answer else { return }
        } else {
            send.sentAt = now
            sends[n] = send
            expect(n, now: now)
        }
        actions.append(.write(send.frame))
    }

    private mutating func expect(_ n: UInt64, now: Duration) {
        let time = now + bounds.answer
        sends[n]?.deadline = time
        expiries.append((time, n))
    }

    mutating func heard(
        resultOf n: UInt64, _ status: String, _ reason: String?, now: Duration, _ actions: inout [Action]
    ) {
        guard let send = sends[n] else { return }
        guard status == "accepted" else {
            // A word that is newer than this program says no more than that it is over.
            let known = SendResult.Status(rawValue: status)
            return settle(n, SendResult(known ?? .unknown, known == nil ? reason ?? status : reason), &actions)
        }
        expect(n, now: now)
        sends[n]?.isAccepted = true
        if !send.isAccepted { actions.append(.accepted(n)) }
    }

    mutating func settle(_ n: UInt64, _ result: SendResult, _ actions: inout [Action]) {
        guard let send = sends.removeValue(forKey: n) else { return }
        keptBytes -= send.frame.count
        // A failure of the second try says nothing about the first.
        let isBlurred = send.isAgain && result.status != .delivered
        let told = isBlurred ? SendResult(.unknown, result.reason ?? result.status.rawValue) : result
        actions.append(.result(n, told))
    }
}
