import ClusterModel
import HashRing
import Reactor

// Messages for users whose sessions are on their way to this node (plan C).
extension NodeContext {
    /// Whether a user without a session here may have one in a moment: the ring gave it to this node a moment ago, or its
    /// gateway was lost.
    func awaitsSession(of user: UnsafeRawBufferPointer, hash: UInt64) -> Bool {
        guard ring.snapshot?.plan == .rehome, ring.isMine(hash) else { return false }
        return sessions.has(user, hash: hash) || ring.wasGained(hash, now: loop.now, within: ParkedMessages.patience)
    }

    /// Keeps a message until the session is here. `nil`: the result comes later.
    func park(_ message: UserMessage, for waiter: Waiter, id: UnsafeRawBufferPointer) -> DeliveryStatus? {
        let entry = ParkedMessages.Entry(
            from: Array(message.from), payload: Array(message.payload), waiter: waiter, id: Array(id),
            deadline: loop.now + ParkedMessages.patience)
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

    /// No session came: their users are offline.
    func giveUpParked() {
        for entry in parkedMessages.expire(now: loop.now) { tell(entry.waiter, .offline, id: entry.id) }
    }
}
