import HashRing

extension Membership {
    /// Why a node is down.
    public enum DownCause: String, Hashable, Sendable {
        /// Nothing was heard for one lease.
        case silent
        /// Its port refused a probe: no process is there.
        case refused
    }

    /// What the registry believes of a node.
    public enum State: Hashable, Sendable {
        /// It owns its part of the circle.
        case up
        /// It serves what it has and owns nothing.
        case draining
        /// It is off the ring.
        case down(DownCause)

        /// Its state in a ring document; `nil` if it is not in there.
        public var onRing: RingDocument.NodeState? {
            switch self {
            case .up: .up
            case .draining: .draining
            case .down: nil
            }
        }
    }

    /// One node as the registry knows it.
    public struct Entry: Hashable, Sendable {
        /// What it said when it registered.
        public internal(set) var record: NodeRecord
        /// What the registry believes.
        public internal(set) var state: State
        /// When it came into this state.
        public internal(set) var since: Duration
        /// When it was last heard of.
        public internal(set) var lastHeard: Duration
        /// What it said last; `nil` before its first heartbeat.
        public internal(set) var heartbeat: Heartbeat?

        init(_ record: NodeRecord, _ state: State, at now: Duration) {
            self.record = record
            self.state = state
            since = now
            lastHeard = now
        }

        /// Whether it is on the ring: up or draining.
        public var isLive: Bool { state.onRing != nil }
    }
}
