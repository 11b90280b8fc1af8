/// The last rings that this node held: since which epoch it owns a user without interruption.
///
/// What was sent by an older ring may have been refused here, or elsewhere, in part: taking the rest of such a stream would
/// put it before the refused part (P14). Of rings that this node skipped it knows nothing: if it sees that it did, nobody has
/// been its own for longer than the ring in force.
struct OwnershipHistory {
    /// How many rings are kept. A sender that is further behind is refused once and reads the ring.
    static let depth = 16

    private let me: Home
    private var rings: [any OwnerMap] = []

    init(me: Home) {
        self.me = me
    }

    /// The ring in force.
    var latest: (any OwnerMap)? { rings.last }

    /// The epoch in force; 0 before the first ring.
    var epoch: UInt64 { rings.last?.epoch ?? 0 }

    /// Returns whether rings were skipped since the one that was in force.
    mutating func adopt(_ ring: any OwnerMap) -> Bool {
        let isGap = !rings.isEmpty && ring.previous.map { $0 != epoch } ?? false
        if isGap { rings = [] }
        if rings.count == Self.depth { rings.removeFirst() }
        rings.append(ring)
        return isGap
    }

    func owns(_ user: [UInt8]) -> Bool { rings.last?.owner(of: user) == me }

    /// The first of the newest rings in a row by which this node owns that user; nil if it does not. At most `depth` lookups.
    func ownedSince(_ user: [UInt8]) -> UInt64? {
        var since: UInt64?
        for ring in rings.reversed() {
            guard ring.owner(of: user) == me else { break }
            since = ring.epoch
        }
        return since
    }
}
