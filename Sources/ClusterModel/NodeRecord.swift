import HashRing

/// What kind of process a node is.
public enum NodeKind: String, Hashable, Sendable, CaseIterable {
    /// Our own node, or an application built on our library: reached over links.
    case ringway
    /// Any WebSocket server that was registered for us: reached through a tunnel.
    case foreign
}

/// What a node says of itself when it registers.
public struct NodeRecord: Hashable, Sendable {
    /// How many loops a node may have.
    public static let loopsRange = 1...1024

    /// Its name on the ring, its weight there, its zone, and what its points are made from.
    public let member: RingMember
    /// Which run of the process this is.
    public let incarnation: Incarnation
    /// Ours, or any WebSocket server.
    public let kind: NodeKind
    /// Where gateways and other nodes connect: the link port, or the port of a foreign server.
    public let address: NodeAddress
    /// Where clients can connect without a gateway.
    public let url: NodeURL
    /// How many loops take links.
    public let loops: Int

    /// A record of checked parts; `loops` is 1...1024.
    public init(
        member: RingMember, incarnation: Incarnation, kind: NodeKind = .ringway, address: NodeAddress, url: NodeURL,
        loops: Int = 1
    ) throws(FieldError) {
        guard Self.loopsRange.contains(loops) else { throw .invalid("loops", expected: "1...1024") }
        guard !address.isNeverANode else {
            throw .invalid("address", expected: "an address others can reach, not unspecified or link-local")
        }
        self.member = member
        self.incarnation = incarnation
        self.kind = kind
        self.address = address
        self.url = url
        self.loops = loops
    }

    /// Takes every part as it comes from settings, and checks all of them.
    public init(
        id: String, incarnation: UInt64, kind: NodeKind = .ringway, address: String, url: String,
        weight: Int = RingMember.defaultWeight, zone: String = "", loops: Int = 1, key: String? = nil
    ) throws(FieldError) {
        guard let incarnation = Incarnation(incarnation) else {
            throw .invalid("incarnation", expected: "an integer in 0...\(Epoch.maxValue)")
        }
        guard let address = NodeAddress(address) else { throw .invalid("address", expected: "host:port") }
        guard let url = NodeURL(url) else { throw .invalid("url", expected: "ws://host:port/path") }
        try self.init(
            member: RingMember(checking: id, weight: weight, key: key, zone: zone), incarnation: incarnation,
            kind: kind, address: address, url: url, loops: loops)
    }

    /// Its name.
    public var id: NodeID { member.id }
    /// 0...10000; 0 owns nothing.
    public var weight: Int { member.weight }
    /// Where it stands.
    public var zone: String { member.zone }
}

extension RingMember {
    /// A member of texts and numbers from outside; the error names the JSON member at fault.
    init(checking id: String, weight: Int, key: String?, zone: String) throws(FieldError) {
        let nodeID: NodeID
        do throws(NodeIDError) {
            nodeID = try NodeID(id)
        } catch {
            throw .invalid("id", expected: "[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
        }
        do throws(RingMemberError) {
            try self.init(id: nodeID, weight: weight, key: key, zone: zone)
        } catch {
            switch error {
            case .weight: throw .invalid("weight", expected: "an integer in 0...10000")
            case .key: throw .invalid("key", expected: "[A-Za-z0-9][A-Za-z0-9._:~-]{0,159}")
            case .zone: throw .invalid("zone", expected: "[A-Za-z0-9._-]{0,64}")
            }
        }
    }
}
