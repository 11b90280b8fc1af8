import ClusterModel
import HashRing

/// What would happen to the ring if one node came, went or changed its weight; nothing is changed by asking.
struct PlanPreview {
    /// The change to look at.
    enum Change: Hashable {
        /// A new node; for one that is known, its new weight.
        case add(NodeID, weight: Int)
        case remove(NodeID)
    }

    enum Failure: Error, Equatable {
        case unknownNode(NodeID)
        case invalid(FieldError)
        case ring(RingError)
    }

    /// One node's part of the circle before and after; `nil` where it is not on the ring.
    struct Share: Equatable {
        let id: NodeID
        let before: CircleShare?
        let after: CircleShare?
    }

    let change: Change
    /// How much of the circle gets another owner, exactly.
    let moved: CircleShare
    /// In how many pieces.
    let rangeCount: Int
    /// By id; every node of either ring.
    let shares: [Share]

    /// Compares the ring of `nodes` with the one after `change`. O(points of both).
    init(_ change: Change, nodes: [RingDocument.Node], vnodes: Int) throws(Failure) {
        let members = nodes.map(\.member)
        let after = try Self.apply(change, to: members)
        let old: Ring
        let new: Ring
        do throws(RingError) {
            old = try Ring(members: members, vnodes: vnodes)
            new = try Ring(members: after, vnodes: vnodes)
        } catch {
            throw .ring(error)
        }
        let ranges = RingDiff.ranges(from: old, to: new)
        self.change = change
        moved = RingDiff.moved(ranges)
        rangeCount = ranges.count
        let (oldShares, newShares) = (Self.shares(old), Self.shares(new))
        shares = Set(oldShares.keys).union(newShares.keys).sorted()
            .map { Share(id: $0, before: oldShares[$0], after: newShares[$0]) }
    }

    private static func apply(_ change: Change, to members: [RingMember]) throws(Failure) -> [RingMember] {
        switch change {
        case .remove(let id):
            guard members.contains(where: { $0.id == id }) else { throw .unknownNode(id) }
            return members.filter { $0.id != id }
        case .add(let id, let weight):
            let known = members.first { $0.id == id }
            do throws(RingMemberError) {
                let member = try RingMember(id: id, weight: weight, key: known?.key, zone: known?.zone ?? "")
                return members.filter { $0.id != id } + [member]
            } catch {
                throw .invalid(.invalid("weight", expected: "an integer in 0...10000"))
            }
        }
    }

    private static func shares(_ ring: Ring) -> [NodeID: CircleShare] {
        Dictionary(zip(ring.nodes, ring.shares), uniquingKeysWith: { first, _ in first })
    }

    /// The preview as JSON; counts of hashes are texts, since they go up to 2^64.
    func json(service: ServiceName, epoch: Epoch?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("service", service.text)
        writer.integer("epoch", epoch?.value ?? 0)
        switch change {
        case .add(let id, let weight):
            writer.string("add", id.text)
            writer.integer("weight", UInt64(weight))
        case .remove(let id): writer.string("remove", id.text)
        }
        writer.raw("moved", "\(moved.fraction)".utf8)
        writer.string("moved_hashes", moved.description)
        writer.integer("ranges", UInt64(rangeCount))
        writer.beginArray("nodes")
        for share in shares {
            writer.beginObject()
            writer.string("id", share.id.text)
            Self.write(share.before, "share", "hashes", to: &writer)
            Self.write(share.after, "share_after", "hashes_after", to: &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(
        _ share: CircleShare?, _ fraction: StaticString, _ hashes: StaticString, to writer: inout JSONWriter
    ) {
        guard let share else { return }
        writer.raw(fraction, "\(share.fraction)".utf8)
        writer.string(hashes, share.description)
    }
}
