import Reactor
import SessionLink

/// Delivery mode `routed`: the recipient's hash names its owner, and the message goes there.
///
/// ```
/// sender's loop ─▶ owner is this loop ─────────▶ its sessions
///       │  └─────▶ owner is a sibling loop ─ batch ─▶ its sessions
///       └────────▶ owner is another node ─ link ──▶ its sessions ─ none, and the ring changed a moment ago ─▶ last hop:
///                                                        whoever may still hold them
/// ```
enum Routed {
    /// From the sender's session: finds the owner. `nil`: the result comes later.
    static func deliver(
        _ message: UserMessage, for waiter: Waiter, id: UnsafeRawBufferPointer, in context: NodeContext
    ) -> DeliveryStatus? {
        guard let owner = context.ring.ownerIndex(ofHash: message.hash) else { return .rejected(.noRing) }
        if owner == context.ring.myIndex { return take(message, for: waiter, id: id, in: context) }
        if context.ring.snapshot?.plan == .rehome {
            return passOn(message, to: owner, for: waiter, id: id, in: context)
        }
        return context.peers.forward(message, to: [owner], for: waiter, id: id, context)
    }

    /// At the node that was asked: finds the loop, then the sessions. `nil`: the result comes later.
    static func take(
        _ message: UserMessage, for waiter: Waiter, id: UnsafeRawBufferPointer = .init(start: nil, count: 0),
        in context: NodeContext
    ) -> DeliveryStatus? {
        let loop = context.identity.loop(ofHash: message.hash)
        guard loop == context.loopIndex else { return context.forward(message, toSibling: loop, for: waiter, id: id) }
        let isDelivered = context.deliverHere(message)
        if context.ring.snapshot?.plan == .rehome {
            return isDelivered ? .delivered : takeMoving(message, for: waiter, id: id, in: context)
        }
        guard !message.isLastHop else { return isDelivered ? .delivered : .offline }
        // A user with several sessions may have some here and some where the last ring put them.
        let others = context.ring.otherHolders(ofHash: message.hash, now: context.loop.now)
        guard !others.isEmpty else { return isDelivered ? .delivered : .offline }
        var last = message
        last.isLastHop = true
        let status = context.peers.forward(last, to: others, for: isDelivered ? .nobody : waiter, id: id, context)
        if isDelivered { return .delivered }
        // Nobody else can be asked any more: then what is known here is all there is.
        return status == .rejected(.unreachable) ? .offline : status
    }

    /// Where sessions move behind their clients' sockets there is one place where a message waits for its user: the owner's.
    /// Asking the former owners too could deliver it twice, before and behind the move.
    private static func takeMoving(
        _ message: UserMessage, for waiter: Waiter, id: UnsafeRawBufferPointer, in context: NodeContext
    ) -> DeliveryStatus? {
        if context.awaitsSession(of: message) { return context.park(message, for: waiter, id: id) }
        guard !message.isLastHop, let owner = context.ring.ownerIndex(ofHash: message.hash),
            owner != context.ring.myIndex
        else { return .offline }
        var last = message
        last.isLastHop = true
        return passOn(last, to: owner, for: waiter, id: id, in: context)
    }

    /// To the owner. One that cannot be reached has died or is about to be back: in a moment the ring says, or it is reached.
    private static func passOn(
        _ message: UserMessage, to owner: Int, for waiter: Waiter, id: UnsafeRawBufferPointer, in context: NodeContext
    ) -> DeliveryStatus? {
        let unreachable = DeliveryStatus.rejected(.unreachable)
        // Not past those that wait already.
        if !context.parkedMessages.waits(for: message.to), !context.awaitsFormerOwner(of: message),
            context.peers.canReach(owner, hash: message.hash, context)
        {
            let status = context.peers.forward(message, to: [owner], for: waiter, id: id, context)
            guard status == unreachable else { return status }
        }
        return context.park(message, for: waiter, id: id, otherwise: unreachable)
    }
}
