import HashRing

/// The fields of one version of a service's ring, as it is stored, announced and read by everyone (Ring v1 §3).
///
/// It carries members, not points: each reader derives the points, and refuses a document whose table digest differs.
public struct RingDocument: Hashable, Sendable {
    /// The longest document, in bytes.
    public static let maxBytes = 4 << 20

    /// The service this is the ring of.
    public var service: ServiceName
    /// The version.
    public var epoch: Epoch
    /// Points of a node of weight 100.
    public var vnodes: Int
    /// What keys and points are hashed with.
    public var seed: UInt64
    /// All nodes; written sorted by id, read in any order.
    public var nodes: [Node]
    /// What happens to sessions when the ring changes; `nil` if the document does not say.
    public var plan: RebalancePlan?
    /// How a message finds its recipient; `nil` if the document does not say.
    public var delivery: Delivery?
    /// How long the closes of one ring change are spread over; `nil` if the document does not say.
    public var closeOver: Duration?
    /// Sessions a second that each gateway moves; `nil` if the document does not say.
    public var moveRate: Int?
    /// Sessions that each gateway has under way between two owners; `nil` if the document does not say.
    public var movesInFlight: Int?

    /// A document of these fields.
    public init(
        service: ServiceName, epoch: Epoch, vnodes: Int, seed: UInt64 = 0, nodes: [Node],
        plan: RebalancePlan? = nil, delivery: Delivery? = nil, closeOver: Duration? = nil,
        moveRate: Int? = nil, movesInFlight: Int? = nil
    ) {
        self.service = service
        self.epoch = epoch
        self.vnodes = vnodes
        self.seed = seed
        self.nodes = nodes
        self.plan = plan
        self.delivery = delivery
        self.closeOver = closeOver
        self.moveRate = moveRate
        self.movesInFlight = movesInFlight
    }

    /// A document that states all of a service's settings.
    public init(service: ServiceName, epoch: Epoch, settings: ServiceSettings, nodes: [Node], seed: UInt64 = 0) {
        self.init(
            service: service, epoch: epoch, vnodes: settings.vnodes, seed: seed, nodes: nodes, plan: settings.plan,
            delivery: settings.delivery, closeOver: settings.closeOver, moveRate: settings.moves.perSecond,
            movesInFlight: settings.moves.inFlight)
    }

    /// The ring these fields describe. O(points · log points).
    public func ring() throws(RingError) -> Ring {
        try Ring(members: nodes.map(\.member), vnodes: vnodes, seed: seed)
    }
}
