import HashRing

extension Membership {
    /// What can happen to the set of nodes.
    public enum Event: Hashable, Sendable {
        /// A node registered and answered the call back.
        case registered(NodeRecord)
        /// A node's heartbeat; for a foreign server, a probe that it answered.
        case heard(NodeID, Heartbeat)
        /// An operator or the node itself wants it to take no new users.
        case drain(NodeID)
        /// A node went on purpose; without an incarnation, whatever run holds the name.
        case left(NodeID, Incarnation?)
        /// A node's port refused a connection.
        case refused(NodeID)
        /// A new leader read this registration from the store; the node gets a whole lease to be heard.
        case restored(NodeRecord, RingDocument.NodeState)
        /// The registry itself stood still for this long, so silence in that time means nothing.
        case paused(Duration)
        /// A person confirmed that the silent nodes of a freeze are gone.
        case lossConfirmed
        /// Time passed.
        case tick
    }

    /// What became different.
    public enum Change: Hashable, Sendable {
        /// A node is new on the ring, or back after it was down.
        case up(NodeRecord)
        /// Another run of a node took the name over within its lease: no key moves, its sessions are gone.
        case restarted(NodeRecord, previous: Incarnation)
        /// The same run said something else of itself.
        case updated(NodeRecord)
        /// A node owns nothing any more.
        case draining(NodeID)
        /// A node went on purpose.
        case left(NodeID)
        /// A node is off the ring.
        case down(NodeID, DownCause)
        /// A node came from the store. The ring has it already.
        case restored(NodeID)
        /// A node that was down is no longer listed.
        case forgotten(NodeID)
        /// Too many nodes are silent at once: the ring stays as it is. These leases have ended; probe them.
        case frozen(silent: [NodeID])
        /// Leases count again.
        case thawed

        /// Whether the ring document has to be written anew.
        public var changesDocument: Bool {
            switch self {
            case .up, .restarted, .updated, .draining, .left, .down: true
            case .restored, .forgotten, .frozen, .thawed: false
            }
        }

        /// Whether users have no node until the ring is written: their node is known to be gone.
        public var cutsUsersOff: Bool {
            if case .down(_, .refused) = self { true } else { false }
        }

        /// The change in a few words, for the history: `up node-1`.
        public var cause: String {
            switch self {
            case .up(let record): "up \(record.id)"
            case .restarted(let record, _): "restarted \(record.id)"
            case .updated(let record): "updated \(record.id)"
            case .draining(let id): "draining \(id)"
            case .left(let id): "left \(id)"
            case .down(let id, let cause): "down \(id) \(cause.rawValue)"
            case .restored(let id): "restored \(id)"
            case .forgotten(let id): "forgotten \(id)"
            case .frozen(let silent): "frozen \(silent.count) silent"
            case .thawed: "thawed"
            }
        }
    }
}

/// Why an event is refused.
public enum MembershipError: Error, Equatable, Sendable {
    /// No such node, or it is down: it has to register again (404).
    case unknown(NodeID)
    /// Another run of the node holds the name (409).
    case otherIncarnation(NodeID, holding: Incarnation)
}
