import ClusterModel

extension ClientSession {
    /// The WebSocket ended, or could not be opened.
    public mutating func ended(
        _ ending: ClientEnding, now: Duration, random: Double, _ actions: inout [Action]
    ) {
        guard !isClosed else { return }
        let lasted = isOpen ? now - openedAt : nil
        isOpen = false
        guard mayReturn(after: ending), let wait = policy.delay(after: ending, lasted: lasted, random: random) else {
            return end(ending, &actions)
        }
        for n in sends.keys.sorted() where sends[n]?.isFast == true && sends[n]?.sentAt != nil {
            settle(n, SendResult(.unknown, "connection lost"), &actions)
        }
        connect(after: wait, now: now, &actions)
        actions.append(
            .state(resume == nil ? .connecting(after: ending, wait: wait) : .resuming(after: ending, wait: wait)))
    }

    /// The same token would be refused again.
    private func mayReturn(after ending: ClientEnding) -> Bool {
        if case .closed(.tokenExpired, _) = ending { renewsToken } else { true }
    }

    mutating func leave(_ actions: inout [Action]) {
        actions.append(.leave)
    }

    mutating func end(_ ending: ClientEnding, _ actions: inout [Action]) {
        guard !isClosed else { return }
        isClosed = true
        isOpen = false
        welcomeBy = nil
        if case .left = ending { leave(&actions) }
        for n in sends.keys.sorted() {
            settle(n, SendResult(sends[n]?.sentAt == nil ? .rejected : .unknown, "closed"), &actions)
        }
        expiries = []
        actions.append(.state(.closed(ending)))
    }
}
