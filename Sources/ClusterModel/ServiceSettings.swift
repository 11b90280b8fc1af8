import HashRing

/// What happens to sessions when the ring changes.
public enum RebalancePlan: String, Hashable, Sendable, CaseIterable {
    /// Plan A: every session is closed, clients come back.
    case reconnectAll = "reconnect-all"
    /// Plan B: only sessions whose owner changed are closed.
    case reconnectMoved = "reconnect-moved"
    /// Plan C: sessions change node, sockets stay open.
    case rehome
}

/// How a message finds its recipient.
public enum Delivery: String, Hashable, Sendable, CaseIterable {
    /// To the owner of the recipient.
    case routed
    /// To all nodes; the one that holds the recipient delivers.
    case broadcast
}

/// What is decided once for a service, travels in its ring document, and is the same for every process.
public struct ServiceSettings: Hashable, Sendable {
    /// A service that was given nothing.
    public static let standard = ServiceSettings()
    /// How long closing may be stretched; an hour.
    public static let closeOverRange: ClosedRange<Duration> = .zero ... .seconds(3600)

    /// Points of a node of weight 100; with 160, shares differ by about 8 % (a standard deviation) at 3 KB per node.
    public let vnodes: Int
    /// What happens to sessions when the ring changes.
    public let plan: RebalancePlan
    /// How a message finds its recipient.
    public let delivery: Delivery
    /// How long the closes of one ring change are spread over, so that clients do not come back all at once.
    public let closeOver: Duration
    /// How fast sessions are carried to their new owners where the plan is `rehome`.
    public let moves: MoveBudget

    /// Checked values; `vnodes` 1...4096, `closeOver` zero to an hour in whole milliseconds.
    public init(
        vnodes: Int, plan: RebalancePlan = .reconnectMoved, delivery: Delivery = .routed,
        closeOver: Duration = .seconds(10), moves: MoveBudget = .standard
    ) throws(FieldError) {
        guard Ring.vnodesRange.contains(vnodes) else { throw .invalid("vnodes", expected: "an integer in 1...4096") }
        guard Self.closeOverRange.contains(closeOver) else {
            throw .invalid("close_over_ms", expected: "an integer in 0...3600000")
        }
        self.vnodes = vnodes
        self.plan = plan
        self.delivery = delivery
        self.closeOver = .milliseconds(closeOver.wholeMilliseconds)
        self.moves = moves
    }

    private init() {
        vnodes = 160
        plan = .reconnectMoved
        delivery = .routed
        closeOver = .seconds(10)
        moves = .standard
    }
}

extension Duration {
    /// Whole milliseconds, rounded down; for values that are not negative.
    var wholeMilliseconds: UInt64 {
        UInt64(clamping: components.seconds) * 1000 + UInt64(clamping: components.attoseconds) / 1_000_000_000_000_000
    }
}
