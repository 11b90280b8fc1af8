import ClusterModel
import HashRing

@testable import SessionNode

/// Rings for tests: small, readable, sealed and read back like real ones.
enum Rings {
    static func service(_ name: String = "chat") throws -> ServiceName { try ServiceName(name) }

    /// A ring of these nodes; those in `draining` own nothing.
    static func snapshot(
        _ epoch: UInt64, _ nodes: [String], draining: [String] = [], plan: RebalancePlan = .reconnectMoved,
        delivery: Delivery = .routed, seed: UInt64 = 0, closeOver: Duration = .seconds(10),
        addresses: [String: String] = [:], loops: Int = 1
    ) throws -> RingSnapshot {
        let service = try service()
        let entries = try (nodes + draining).map { id in
            RingDocument.Node(
                try NodeRecord(
                    id: id, incarnation: 1, address: addresses[id] ?? "127.0.0.1:1", url: "ws://127.0.0.1:1/chat",
                    loops: loops),
                state: draining.contains(id) ? .draining : .up)
        }
        let document = RingDocument(
            service: service, epoch: try Epoch(epoch).orThrow(),
            settings: try ServiceSettings(vnodes: 160, plan: plan, delivery: delivery, closeOver: closeOver),
            nodes: entries, seed: seed)
        return try RingSnapshot(bytes: try document.seal(), for: service)
    }

    /// Users whose owner is the node, in a fixed order.
    static func users(of node: String, in snapshot: RingSnapshot, count: Int) throws -> [String] {
        var found: [String] = []
        var number = 0
        while found.count < count {
            let user = "user-\(number)"
            number += 1
            if snapshot.owner(of: try UserKey(user))?.id.text == node { found.append(user) }
        }
        return found
    }

    static func hash(_ user: String, in snapshot: RingSnapshot) throws -> UInt64 {
        snapshot.ring.hash(of: try UserKey(user))
    }
}

struct Missing: Error {}

extension Optional {
    func orThrow() throws -> Wrapped {
        guard let self else { throw Missing() }
        return self
    }
}
