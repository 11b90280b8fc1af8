import ClusterModel
import HashRing
import Reactor

/// One loop's view of the ring: who owns a user, and who may still hold one that moved a moment ago.
struct RingView {
    /// A ring that was in force, and until when its owners may still hold sessions that they gave up.
    private struct Former {
        let snapshot: RingSnapshot
        let until: MonotonicTime
    }

    /// How long after the closes of a change are over its former owners are still asked: time for the last client to come back.
    static let afterCloses = Duration.seconds(2)
    /// Former rings that are kept at most; with more changes than this at once the oldest holders are not asked.
    static let formerBound = 4

    let me: NodeID
    /// Rings that were in force, with the time when each gave way, oldest first: by them it is known who came to this node.
    private var past: [(snapshot: RingSnapshot, until: MonotonicTime)] = []
    /// When the first ring came.
    private var since = MonotonicTime(nanoseconds: 0)
    private(set) var snapshot: RingSnapshot?
    /// This node's index in the ring's nodes; -1 if the ring does not name it.
    private(set) var myIndex = -1
    private var former: [Former] = []

    init(me: NodeID) { self.me = me }

    /// The epoch held, 0 for none.
    var epoch: UInt64 { snapshot?.epoch.value ?? 0 }

    /// Takes a newer ring.
    mutating func adopt(_ new: RingSnapshot, now: MonotonicTime) {
        if let snapshot, !snapshot.hasSameOwners(as: new) {
            former.insert(Former(snapshot: snapshot, until: now + new.closeOver + Self.afterCloses), at: 0)
            if former.count > Self.formerBound { former.removeLast() }
        }
        if let snapshot, !snapshot.hasSameOwners(as: new) {
            past.append((snapshot, now))
            if past.count > 16 { past.removeFirst() }
        }
        if snapshot == nil { since = now }
        snapshot = new
        myIndex = new.ring.nodeIndex(of: me) ?? -1
    }

    /// The place of a user; under seed 0 while there is no ring.
    func hash(of user: UnsafeRawBufferPointer) -> UInt64 {
        snapshot?.ring.hash(of: user) ?? XXHash64.hash(user)
    }

    /// The owner's index in the ring's nodes; `nil` without a ring or with an empty one.
    func ownerIndex(ofHash hash: UInt64) -> Int? {
        snapshot?.ring.ownerIndex(ofHash: hash)
    }

    /// Whether this node is the owner.
    func isMine(_ hash: UInt64) -> Bool {
        myIndex >= 0 && ownerIndex(ofHash: hash) == myIndex
    }

    /// Whether this node became the owner of a place within the last `time`: by a ring, or by being new itself.
    func wasGained(_ hash: UInt64, now: MonotonicTime, within time: Duration) -> Bool {
        if now - since < time { return true }
        return past.contains { now - $0.until < time && $0.snapshot.ring.owner(ofHash: hash) != me }
    }

    /// Whether the place had another owner within the last `time`.
    func wasMoved(_ hash: UInt64, now: MonotonicTime, within time: Duration) -> Bool {
        guard let owner = snapshot?.ring.owner(ofHash: hash) else { return false }
        return past.contains { now - $0.until < time && $0.snapshot.ring.owner(ofHash: hash) != owner }
    }

    /// Other nodes that may hold sessions of a user besides the owner: the owners of the rings just before this one, newest
    /// first, as far as the ring still knows them; and the owner, if that is somebody else. Indices into the ring's nodes.
    mutating func otherHolders(ofHash hash: UInt64, now: MonotonicTime) -> [Int] {
        while let last = former.last, last.until <= now { former.removeLast() }
        var holders: [Int] = []
        if let owner = ownerIndex(ofHash: hash), owner != myIndex { holders.append(owner) }
        guard !former.isEmpty, let snapshot else { return holders }
        for ring in former {
            guard let id = ring.snapshot.ring.owner(ofHash: hash), let index = snapshot.ring.nodeIndex(of: id),
                index != myIndex, !holders.contains(index)
            else { continue }
            holders.append(index)
        }
        return holders
    }
}

extension RingSnapshot {
    /// Whether the two rings have the same table, so that no user's owner differs.
    func hasSameOwners(as other: RingSnapshot) -> Bool {
        table == other.table && document.seed == other.document.seed
    }
}
