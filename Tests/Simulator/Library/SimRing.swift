import ClusterModel
import HashRing
import Rehoming

/// A ring of few users, each with an owner that chance chose.
struct SimRing: OwnerMap {
    let epoch: UInt64
    /// By the user's index.
    let owners: [Home]
    let members: [Home]

    func owner(of user: [UInt8]) -> Home? {
        owners.isEmpty ? nil : owners[SimUser.index(user)]
    }

    func names(_ home: Home) -> Bool { members.contains(home) }
}

/// Users by number.
enum SimUser {
    static func bytes(_ index: Int) -> [UInt8] { [UInt8(ascii: "u"), UInt8(index)] }
    static func index(_ bytes: [UInt8]) -> Int { Int(bytes[1]) }
}

/// Makes rings of the nodes that it believes to be up, and tells of them, not always and not in order.
final class SimRegistry {
    private unowned let world: Simulation
    private(set) var rings: [SimRing] = []
    /// Nodes that are known.
    private(set) var members: [Home] = []
    /// Known, and owning nothing.
    private(set) var draining: [Home] = []

    init(world: Simulation) {
        self.world = world
    }

    var latest: SimRing? { rings.last }

    func join(_ home: Home) {
        leave(home.node, publishing: false)
        members.append(home)
        publish()
    }

    func leave(_ home: Home) {
        guard members.contains(home) else { return }
        members.removeAll { $0 == home }
        draining.removeAll { $0 == home }
        publish()
    }

    private func leave(_ node: NodeID, publishing: Bool) {
        members.removeAll { $0.node == node }
        draining.removeAll { $0.node == node }
    }

    /// Some node drains, or stops draining, or the users are dealt out anew.
    func shuffle() {
        if world.random.chance(0.3), draining.count + 1 < members.count {
            draining.append(world.random.element(members.filter { !draining.contains($0) }))
        } else if world.random.chance(0.5), !draining.isEmpty {
            draining.removeFirst()
        }
        publish()
    }

    /// Nobody drains any more.
    func settle() {
        draining = []
        publish()
    }

    /// The next epoch; every user whose owner is still there keeps it with even odds.
    private func publish() {
        let owning = members.filter { !draining.contains($0) }
        var owners: [Home] = []
        if !owning.isEmpty {
            for user in 0..<world.mix.users {
                let former = latest.flatMap { $0.owners.isEmpty ? nil : $0.owners[user] }
                if let former, owning.contains(former), world.random.chance(world.plan.stickiness) {
                    owners.append(former)
                } else {
                    owners.append(world.random.element(owning))
                }
            }
        }
        // Epochs may jump: a registry that lost its store starts from the clock.
        let epoch = (latest?.epoch ?? 0) + UInt64(world.random.chance(0.2) ? world.random.pick(2...5) : 1)
        rings.append(SimRing(epoch: epoch, owners: owners, members: members))
        world.trace("ring \(epoch): \(owners.map { $0.node.text }) of \(members) draining \(draining)")
        world.announce(rings[rings.count - 1])
    }
}
