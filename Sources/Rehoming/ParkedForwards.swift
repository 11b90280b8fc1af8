/// Messages that wait for a ring that their sender already has, in the order in which they came.
///
/// Bounded in messages and bytes. At the bound the link that brings one more is dropped, with all that it brought: its
/// sender sends it again, in order, and nothing else of its streams has been taken before.
struct ParkedForwards {
    /// A message and the link it came by.
    struct Parked {
        let forward: Forwarded
        let link: NodeMachine.Link
    }

    private let maxCount: Int
    private let maxBytes: Int
    private var bytes = 0
    private var parked: [Parked] = []

    init(bounds: RehomingBounds) {
        maxCount = 4 * bounds.messages
        maxBytes = 4 * bounds.bytes
    }

    var count: Int { parked.count }

    /// False if there is no room: then nothing of that link is parked any more.
    mutating func park(_ forward: Forwarded, from link: NodeMachine.Link) -> Bool {
        guard parked.count < maxCount, bytes + forward.payload.count <= maxBytes || parked.isEmpty else {
            drop(link)
            return false
        }
        bytes += forward.payload.count
        parked.append(Parked(forward: forward, link: link))
        return true
    }

    /// Forgets what a link brought that is no more: its sender sends it again.
    mutating func drop(_ link: NodeMachine.Link) {
        parked.removeAll { $0.link == link }
        bytes = parked.reduce(0) { $0 + $1.forward.payload.count }
    }

    /// Gives all of it back, to be looked at again by the new ring.
    mutating func takeAll() -> [Parked] {
        bytes = 0
        defer { parked = [] }
        return parked
    }
}
