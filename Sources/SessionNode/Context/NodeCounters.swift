import ClusterModel

/// What one loop of the node has done; plain numbers that only its loop touches.
struct NodeCounters: Sendable, Equatable {
    var messagesIn = 0
    var messagesOut = 0
    /// Ended sessions, by close code.
    var closes: [CloseCode: Int] = [:]
    /// Results of messages that went to another node, by status.
    var forwards: [String: Int] = [:]
    /// Attaches answered with MOVED, and clients that came to a node that is not their owner.
    var moved = 0
    /// Sessions refused since their user has as many as one may have.
    var tooManySessions = 0
    /// States that an application wanted to give a leaving session, larger than may move.
    var statesTooLarge = 0
    /// Documents of the delivery mode `broadcast` that could not be read.
    var unreadableBroadcasts = 0

    mutating func countForward(_ status: DeliveryStatus) {
        let label =
            switch status {
            case .accepted: "accepted"
            case .delivered: "delivered"
            case .offline: "offline"
            case .rejected: "rejected"
            case .unknown: "unknown"
            }
        forwards[label, default: 0] += 1
    }

    mutating func add(_ other: NodeCounters) {
        messagesIn += other.messagesIn
        messagesOut += other.messagesOut
        closes.merge(other.closes, uniquingKeysWith: +)
        forwards.merge(other.forwards, uniquingKeysWith: +)
        moved += other.moved
        tooManySessions += other.tooManySessions
        statesTooLarge += other.statesTooLarge
        unreadableBroadcasts += other.unreadableBroadcasts
    }
}
