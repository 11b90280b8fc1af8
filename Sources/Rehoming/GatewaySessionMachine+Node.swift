import ClusterModel
import SessionLink

// What a node says.
extension GatewaySessionMachine {
    /// A node said this on a leg. What an older leg still brings is nothing to this session any more.
    public mutating func heard(_ message: ToGateway, on leg: Attempt, now: Duration, _ actions: inout [Action]) {
        guard leg == attempt || !RehomingRule.latestAttemptOnly.holds, self.leg != nil else { return }
        switch message {
        case .attached: attached(now, &actions)
        case .moved(let epoch): moved(epoch, now, &actions)
        case .superseded:
            guard RehomingRule.newestGenerationWins.holds else {
                return failLeg(drop: true, suspect: false, now, &actions)
            }
            endLeg(drop: true, now, &actions)
            end(.superseded, reason: "", &actions)
        case .refused(let status, let reason): refused(status, reason, now, &actions)
        case .taken(let through, let also): taken(through, also, &actions)
        case .deliver(let message):
            guard isAttached else { return failLeg(drop: true, suspect: false, now, &actions) }
            deliver(message, now, &actions)
        case .home(let home, let position, let isRecovered):
            guard isAttached else { return failLeg(drop: true, suspect: false, now, &actions) }
            self.isRecovered = isRecovered
            homed(home, at: position, now, &actions)
        case .released(let epoch, let state): released(epoch, state, now, &actions)
        case .close(let code, let reason):
            endLeg(drop: true, now, &actions)
            end(CloseCode(rawValue: code), reason: reason, &actions)
        }
    }

    /// A leg broke, could not be opened, or was silent for too long.
    public mutating func legLost(_ leg: Attempt, now: Duration, _ actions: inout [Action]) {
        guard leg == attempt, self.leg != nil else { return }
        failLeg(drop: false, suspect: true, now, &actions)
    }

    private var isAttached: Bool { stage == .catchingUp || stage == .homed || stage == .releasing }

    private mutating func attached(_ now: Duration, _ actions: inout [Action]) {
        guard stage == .attaching else { return }
        stage = .catchingUp
        timer = now + limits.values.attach
        isNew = false
        // Handed over. Whoever comes after this owner gets what this owner gives away.
        isReleased = false
        state = nil
        if !isIn {
            isIn = true
            if farewell == nil { actions.append(.attached) }
        }
        replay(&actions)
        if let farewell { return sayFarewell(farewell, &actions) }
        if RehomingRule.patienceIsRenewed.holds { strandedUntil = nil }
        owesReceived = received > .start
    }

    /// P6: everything that no node has dealt with goes to the new owner, in order, before anything new.
    private mutating func replay(_ actions: inout [Action]) {
        let leg = attempt
        window.replay { n, isAgain, isText, bytes in
            if isAgain { guard RehomingRule.replayToNewOwner.holds else { return } }
            actions.append(.say(leg, .message(n: n, isAgain: isAgain, isText: isText, bytes: bytes)))
        }
    }

    private mutating func moved(_ epoch: UInt64, _ now: Duration, _ actions: inout [Action]) {
        if RehomingRule.closeRefusedLeg.holds {
            endLeg(drop: true, now, &actions)
        } else {
            timer = nil
        }
        let isNewer = epoch > self.epoch && RehomingRule.readHigherEpoch.holds
        if isNewer { actions.append(.readRing(atLeast: epoch)) }
        guard leg == nil else { return }
        if isNewer { waitForRing(epoch, now, &actions) } else { pause(now, &actions) }
    }

    private mutating func released(
        _ epoch: UInt64, _ state: [UInt8]?, _ now: Duration, _ actions: inout [Action]
    ) {
        guard isAttached else { return failLeg(drop: true, suspect: false, now, &actions) }
        let wasAsked = stage == .releasing
        let former = leg
        endLeg(drop: true, now, &actions)
        isReleased = true
        self.state = state
        let isNewer = epoch > self.epoch && RehomingRule.readHigherEpoch.holds
        if isNewer { actions.append(.readRing(atLeast: epoch)) }
        switch (owner == former, isNewer) {
        // Our ring names another owner: that one knows better than we whether it still is.
        case (false, _): seek(now, &actions)
        case (true, true): waitForRing(epoch, now, &actions)
        // It let go because we asked, and then the ring came back to it.
        case (true, false) where wasAsked: seek(now, &actions)
        case (true, false): pause(now, &actions)
        }
    }

    private mutating func waitForRing(_ epoch: UInt64, _ now: Duration, _ actions: inout [Action]) {
        wantedEpoch = max(wantedEpoch, epoch)
        seek(now, &actions)
    }

    /// Not now, or not at all. A client that is in has done nothing wrong: an owner that is busy is asked again.
    private mutating func refused(_ status: UInt16, _ reason: String, _ now: Duration, _ actions: inout [Action]) {
        endLeg(drop: true, now, &actions)
        if isIn, status == 503 { return pause(now, &actions) }
        guard isIn else {
            if farewell == nil { actions.append(.refuse(status: status, reason: reason)) }
            return finish(&actions)
        }
        end(status < 500 ? .policy : .internalError, reason: reason, &actions)
    }

    private mutating func taken(_ through: UInt64, _ also: [UInt64], _ actions: inout [Action]) {
        window.take(through: through, also: also)
        let bounds = limits.values
        guard RehomingRule.readsAgain.holds else { return }
        guard isFull, window.count <= bounds.messages / 2, window.bytes <= bounds.bytes / 2 else { return }
        isFull = false
        actions.append(.readAgain)
    }

    private mutating func homed(_ home: Home, at position: Position, _ now: Duration, _ actions: inout [Action]) {
        self.home = home
        isSynced = true
        last = max(last, position)
        switch kind {
        case .resumable: actions.append(.home(home, at: position, generation: generation))
        case .plain: if received >= passedOn { receive(through: last) }
        }
        guard stage == .catchingUp else { return }
        stage = .homed
        homedAt = now
        timer = nil
        if slot == .held { giveSlotBack(&actions) }
        weighMove(now, &actions)
    }
}
