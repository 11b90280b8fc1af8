import ClusterModel
import HashRing
import Reactor

// Messages for users whose sessions are on their way to this node (plan C).
extension NodeContext {
    /// Whether a user without a session here may have one in a moment: the ring gave it to this node a moment ago, or its
    /// gateway was lost, or the message was sent here by a ring that is still to come.
    func awaitsSession(of message: UserMessage) -> Bool {
        if message.epoch > epoch { return true }
        guard ring.isMine(message.hash) else { return false }
        return sessions.has(message.to, hash: message.hash)
            || ring.wasGained(message.hash, now: loop.now, within: ParkedMessages.patience)
    }

    /// Whether earlier messages may still be on their way to the user by its former owner: this one must not overtake them.
    func awaitsFormerOwner(of message: UserMessage) -> Bool {
        !message.isLastHop && pending.hasOlder(than: lastMove)
            && ring.wasMoved(message.hash, now: loop.now, within: PendingResults.standardPatience)
    }

    /// Keeps a message until the session is here or its owner is reached. `nil`: the result comes later, at the worst
    /// `otherwise`.
    func park(
        _ message: UserMessage, for waiter: Waiter, id: UnsafeRawBufferPointer,
        otherwise: DeliveryStatus = .offline
    ) -> DeliveryStatus? {
        let entry = ParkedMessages.Entry(
            from: Array(message.from), payload: Array(message.payload), waiter: waiter, id: Array(id),
            deadline: loop.now + ParkedMessages.patience, otherwise: otherwise)
        return parkedMessages.park(entry, for: Array(message.to)) ? nil : .rejected(.busy)
    }

    /// A user's session is here: it gets what waited for it.
    func deliverParked(to user: [UInt8], hash: UInt64) {
        for entry in parkedMessages.take(user) { retry(entry, user, hash) }
    }

    private func retry(_ entry: ParkedMessages.Entry, _ user: [UInt8], _ hash: UInt64) {
        let isDelivered = entry.from.withUnsafeBytes { from in
            user.withUnsafeBytes { to in
                entry.payload.withUnsafeBytes { payload in
                    deliverHere(UserMessage(from: from, to: to, hash: hash, payload: payload))
                }
            }
        }
        tell(entry.waiter, isDelivered ? .delivered : .offline, id: entry.id)
    }

    /// A newer ring, or a while later: what waits for users of other nodes goes there, if they can be reached.
    func rerouteParked() {
        guard parkedMessages.count > 0 else { return }
        for user in parkedMessages.users {
            let hash = user.withUnsafeBytes { ring.hash(of: $0) }
            guard let owner = ring.ownerIndex(ofHash: hash), mayLeave(for: owner, hash: hash) else { continue }
            for entry in parkedMessages.take(user) { reroute(entry, user, hash) }
        }
    }

    /// Whether a message that waits here would get further.
    private func mayLeave(for owner: Int, hash: UInt64) -> Bool {
        if owner == ring.myIndex { return identity.loop(ofHash: hash) != loopIndex }
        return !pending.hasOlder(than: lastMove) && peers.canReach(owner, hash: hash, self)
    }

    private func reroute(_ entry: ParkedMessages.Entry, _ user: [UInt8], _ hash: UInt64) {
        let status = entry.from.withUnsafeBytes { from in
            user.withUnsafeBytes { to in
                entry.payload.withUnsafeBytes { payload in
                    entry.id.withUnsafeBytes { id in
                        // By the way that a new message takes, which must not overtake it.
                        Routed.deliver(
                            UserMessage(from: from, to: to, hash: hash, payload: payload), for: entry.waiter, id: id,
                            in: self)
                    }
                }
            }
        }
        if let status { tell(entry.waiter, status, id: entry.id) }
    }

    /// No session came: their users are offline.
    func giveUpParked() {
        for entry in parkedMessages.expire(now: loop.now) { tell(entry.waiter, entry.otherwise, id: entry.id) }
    }
}
