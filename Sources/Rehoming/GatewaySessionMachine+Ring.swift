import ClusterModel
import SessionLink

// Which owner the session is given to, and when.
extension GatewaySessionMachine {
    /// The ring of that epoch names this owner. The first one starts the session.
    public mutating func ring(epoch: UInt64, owner: Home?, now: Duration, _ actions: inout [Action]) {
        guard stage != .over else { return }
        if RehomingRule.epochsRise.holds { guard epoch > self.epoch else { return } }
        self.epoch = epoch
        self.owner = owner
        if leg == nil { strand(now) }
        switch stage {
        case .waiting, .pausing: seek(now, &actions)
        case .attaching:
            // Whatever that node answers, it is not the one any more. What it may have been told is told again.
            if owner != leg {
                endLeg(drop: true, now, &actions)
                seek(now, &actions)
            }
        case .catchingUp, .homed: weighMove(now, &actions)
        case .queued, .releasing, .over: break
        }
    }

    /// The pace's turn: a slot for the move that was wanted.
    public mutating func move(now: Duration, _ actions: inout [Action]) {
        guard slot == .asked else {
            if slot == .none { actions.append(.moveDone) }
            return
        }
        slot = .held
        switch stage {
        case .queued:
            strandedUntil = strandedUntil.map { $0 + (now - queuedAt) }
            seek(now, &actions)
        case .catchingUp, .homed:
            guard let owner, owner != leg else { return giveSlotBack(&actions) }
            flush(&actions)
            stage = .releasing
            timer = now + limits.values.release
            actions.append(.say(attempt, .detach(epoch: epoch)))
        case .waiting, .pausing, .attaching, .releasing, .over: giveSlotBack(&actions)
        }
    }

    /// An attached session: does it stand where the ring says?
    mutating func weighMove(_ now: Duration, _ actions: inout [Action]) {
        if let owner, owner != leg {
            guard slot == .none else { return }
            slot = .asked
            actions.append(.wantMove)
        } else if slot == .asked {
            giveSlotBack(&actions)
        }
    }

    /// A session without leg: attaches it, as soon as there is an owner and a slot.
    mutating func seek(_ now: Duration, _ actions: inout [Action]) {
        timer = nil
        guard let owner, epoch >= wantedEpoch else {
            stage = .waiting
            giveSlotBack(&actions)
            if epoch < wantedEpoch { timer = now + nextPause() }
            return
        }
        // Who was never in is not paced here: his gateway let him in at its own rate.
        guard slot == .held || !isIn else {
            stage = .queued
            slot = .asked
            queuedAt = now
            actions.append(.wantMove)
            return
        }
        attempt += 1
        stage = .attaching
        leg = owner
        timer = now + limits.values.attach
        actions.append(.attach(attempt, owner, sessionAttach()))
    }

    private func sessionAttach() -> SessionAttach {
        var attach = SessionAttach(epoch: epoch, session: session, user: user, kind: kind)
        attach.generation = generation
        attach.isNew = isNew
        attach.home = home
        attach.isSynced = RehomingRule.honestSynced.holds ? isSynced : true
        attach.last = last
        attach.buffer = buffer
        attach.nextNumber = window.nextNumber
        attach.state = state
        attach.isReleased = isReleased
        return attach
    }

    /// The leg is gone.
    mutating func endLeg(drop: Bool, _ now: Duration, _ actions: inout [Action]) {
        if drop { actions.append(.dropLeg(attempt)) }
        if stage == .homed, now - homedAt >= limits.values.retry.upperBound { retryDelay = .zero }
        leg = nil
        stage = .waiting
        timer = nil
        owesStored = false
        owesReceived = false
        strand(now)
    }

    /// The leg failed: to another owner at once, to the same one after a pause.
    mutating func failLeg(drop: Bool, suspect: Bool, _ now: Duration, _ actions: inout [Action]) {
        let former = leg
        endLeg(drop: drop, now, &actions)
        if suspect, let former { actions.append(.suspect(former)) }
        if owner != former { seek(now, &actions) } else { pause(now, &actions) }
    }

    mutating func pause(_ now: Duration, _ actions: inout [Action]) {
        giveSlotBack(&actions)
        stage = .pausing
        timer = now + nextPause()
    }

    mutating func giveSlotBack(_ actions: inout [Action]) {
        if slot != .none { actions.append(.moveDone) }
        slot = .none
    }

    /// From now on the client has no owner.
    private mutating func strand(_ now: Duration) {
        if strandedUntil == nil { strandedUntil = now + limits.values.ownerless }
    }

    /// Doubles each time. Half of it to all of it, by the session's own random bits: so sessions that were lost together do
    /// not come back together, and the same history gives the same times.
    private mutating func nextPause() -> Duration {
        let retry = limits.values.retry
        retryDelay = retryDelay == .zero ? retry.lowerBound : min(retryDelay * 2, retry.upperBound)
        let share = (session.first ^ UInt64(attempt) &* 0x9E37_79B9_7F4A_7C15) >> 32 & 511
        return retryDelay * (512 + Int(share)) / 1024
    }
}
