import ClusterModel

// What happens by itself.
extension GatewaySessionMachine {
    /// When `tick` has something to do.
    public var deadline: Duration? {
        switch (timer, patience) {
        case (let timer?, let patience?): min(timer, patience)
        case (let timer, let patience): timer ?? patience
        }
    }

    /// Until when the client is kept; while it waits for the pace, which always comes, that does not count.
    private var patience: Duration? { stage == .queued ? nil : strandedUntil }

    /// Time passed.
    public mutating func tick(now: Duration, _ actions: inout [Action]) {
        guard stage != .over else { return }
        if let patience, now >= patience {
            if leg != nil { endLeg(drop: true, now, &actions) }
            return end(.ownerUnavailable, reason: "", &actions)
        }
        if stage == .waiting, epoch == 0, strandedUntil == nil { strandedUntil = now + limits.values.ownerless }
        guard let timer, now >= timer else { return }
        switch stage {
        case .pausing: seek(now, &actions)
        case .waiting:
            actions.append(.readRing(atLeast: wantedEpoch))
            seek(now, &actions)
        case .attaching, .catchingUp: failLeg(drop: true, suspect: true, now, &actions)
        case .releasing:
            // As after a crash: it did not give the session away.
            failLeg(drop: true, suspect: true, now, &actions)
        case .queued, .homed, .over: self.timer = nil
        }
    }
}
