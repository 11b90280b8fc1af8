import ClusterModel
import Reactor
import Rehoming

// What the machine hears of rings, and when.
extension NodeContext {
    /// For so long after a ring came nobody says that all sessions are here: gateways may have to link first.
    static let leastGrace = Duration.seconds(1)

    /// A newer ring is in force. It was announced, which says nothing of how new it is.
    func tellRing(_ snapshot: RingSnapshot) {
        guard let rehoming else { return }
        rehoming.ringCameAt = machineTime
        tell { $0.ring(RingOwners(snapshot: snapshot), asOf: .zero, now: $1, &$2) }
    }

    /// Reads the ring; the machine hears the one in force then, even if it is the same. One read at a time, and one more if
    /// another was wanted meanwhile.
    func readRing(_ desk: NodeRehoming) {
        guard let confirmRing else { return refreshRing(epoch) }
        guard desk.ringReadAt == nil else {
            desk.wantsRing = true
            return
        }
        desk.ringReadAt = machineTime
        let me = LoopBound(self, to: loop)
        let handle = handle
        confirmRing { handle.post { loop in me.value(on: loop).ringWasRead() } }
    }

    private func ringWasRead() {
        guard let rehoming, let time = rehoming.ringReadAt else { return }
        rehoming.ringReadAt = nil
        let isWanted = rehoming.wantsRing
        rehoming.wantsRing = false
        if let snapshot = ring.snapshot {
            tell { $0.ring(RingOwners(snapshot: snapshot), asOf: time, now: $1, &$2) }
        }
        if isWanted { readRing(rehoming) }
    }

    /// Once no gateway has more to attach by this ring, nobody is waited for. Not at once: a gateway that has no link yet may
    /// be about to bring a session.
    func lookAtGrace() {
        let epoch = epoch
        guard let rehoming, links.values.contains(where: { $0.role == .gateway }),
            links.values.allSatisfy({ $0.role != .gateway || $0.attachDone >= epoch })
        else { return }
        let left = rehoming.ringCameAt + Self.leastGrace - machineTime
        guard left > .zero else { return tell { $0.graceOver(epoch: epoch, now: $1, &$2) } }
        guard rehoming.graceLookedAt < epoch else { return }
        rehoming.graceLookedAt = epoch
        loop.after(left + .milliseconds(1)) { [weak self] _ in self?.lookAtGrace() }
    }
}
