import HashRing

extension RingDocument {
    /// Whether a node takes new users.
    public enum NodeState: String, Hashable, Sendable, CaseIterable {
        /// It owns its part of the circle.
        case up
        /// Known, reachable, owns nothing; what it still holds goes away.
        case draining
    }

    /// One node of a document: what the ring needs of it, and what others need to reach it.
    public struct Node: Hashable, Sendable {
        /// Name, weight on the ring, key and zone.
        public let member: RingMember
        /// Which run of the process is meant.
        public let incarnation: Incarnation
        /// Ours, or any WebSocket server.
        public let kind: NodeKind
        /// Where gateways and other nodes connect; `nil` if the document does not say, or not usably.
        public let address: NodeAddress?
        /// Where clients can connect without a gateway; `nil` if the document does not say, or not usably.
        public let url: NodeURL?
        /// Whether it takes new users.
        public let state: NodeState
        /// How many loops take links.
        public let loops: Int

        /// A node of these parts; one of weight 0 is draining, unless `state` says otherwise.
        public init(
            member: RingMember, incarnation: Incarnation = .unknown, kind: NodeKind = .ringway,
            address: NodeAddress? = nil, url: NodeURL? = nil, state: NodeState? = nil, loops: Int = 1
        ) {
            self.member = member
            self.incarnation = incarnation
            self.kind = kind
            self.address = address
            self.url = url
            self.state = state ?? (member.weight == 0 ? .draining : .up)
            self.loops = loops
        }

        /// The node that registered with `record`; a draining one has weight 0.
        public init(_ record: NodeRecord, state: NodeState) {
            self.init(
                member: state == .draining ? record.member.draining : record.member, incarnation: record.incarnation,
                kind: record.kind, address: record.address, url: record.url, state: state, loops: record.loops)
        }

        /// Its name.
        public var id: NodeID { member.id }
        /// Its weight on the ring; 0 owns nothing.
        public var weight: Int { member.weight }
        /// Where it stands.
        public var zone: String { member.zone }
    }
}
