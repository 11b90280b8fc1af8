import SessionLink

extension SenderStreams {
    /// What a failure is for somebody whose message may have been presented before: it may have arrived.
    func outcome(_ outcome: SendOutcome, isAgain: Bool) -> SendOutcome {
        outcome.isFailure && isAgain && RehomingRule.presentedIsUnknown.holds ? .unknown : outcome
    }

    /// A message is accepted: its bytes are not needed any more.
    mutating func accept(_ index: Int, _ slot: Int, _ now: Duration, _ out: inout NodeOutlet) {
        guard var item = streams[slot]?.items.remove(at: index) else { return }
        streams[slot]?.bytes -= item.payload.count
        out.errands.append(.outcome(item.key, .accepted, tickets: item.tickets))
        item.payload = []
        item.tickets = []
        item.deadline = now + bounds.giveUp + bounds.resume
        streams[slot]?.accepted.append(item)
    }

    /// A message that was not accepted has its last answer.
    mutating func settle(_ index: Int, _ slot: Int, _ last: SendOutcome, _ out: inout NodeOutlet) {
        guard let item = streams[slot]?.items.remove(at: index) else { return }
        streams[slot]?.bytes -= item.payload.count
        out.errands.append(.outcome(item.key, outcome(last, isAgain: item.isAgain), tickets: item.tickets))
        forget(item, slot)
    }

    /// An accepted message has its last answer.
    mutating func settleAccepted(_ index: Int, _ slot: Int, _ last: SendOutcome, _ out: inout NodeOutlet) {
        guard let item = streams[slot]?.accepted.remove(at: index) else { return }
        out.errands.append(.outcome(item.key, last, tickets: []))
        forget(item, slot)
    }

    private mutating func forget(_ item: SenderStream.Item, _ slot: Int) {
        keys[item.key] = nil
        paths[item.correlation] = nil
        let sender = item.key.sender
        loads[sender]?[slot, default: 0] -= 1
        if loads[sender]?[slot] == 0 { loads[sender]?[slot] = nil }
        if loads[sender]?.isEmpty ?? false { loads[sender] = nil }
        forgetIfEmpty(slot)
    }

    mutating func forgetIfEmpty(_ slot: Int) {
        guard let stream = streams[slot], stream.isEmpty else { return }
        streams.remove(stream.to)
    }

    /// The session goes on at another node, and so does what it sent.
    mutating func drop(_ session: SessionID) {
        for slot in (loads.removeValue(forKey: session) ?? [:]).keys.sorted() {
            guard let stream = streams[slot] else { continue }
            for item in stream.items + stream.accepted where item.key.sender == session {
                keys[item.key] = nil
                paths[item.correlation] = nil
            }
            streams[slot]?.items.removeAll { $0.key.sender == session }
            streams[slot]?.accepted.removeAll { $0.key.sender == session }
            let bytes = streams[slot]?.items.reduce(0) { $0 + $1.payload.count }
            streams[slot]?.bytes = bytes ?? 0
            forgetIfEmpty(slot)
        }
    }
}
