import ClusterModel
import HashRing
import Reactor
import SessionLink

extension NodeContext {
    /// Sends a message to all sessions of a user, wherever in the cluster they are; at most once, in the order of the calls of
    /// this session to that user while nothing fails.
    ///
    /// - Parameters:
    ///   - payload: any bytes, at most 1 MiB, else `.rejected(.tooLarge)`; one JSON value if the service's delivery mode is `broadcast`.
    ///   - user: the recipient; may be the sender.
    ///   - session: the sender, which gets the result.
    ///   - id: the sender's name of the message; comes back with the result.
    /// - Returns: what became of it if that is known at once, else `nil`: then `Application.onResult` says it, within 5 s.
    public func deliver(
        _ payload: UnsafeRawBufferPointer, to user: UnsafeRawBufferPointer, from session: SessionRef,
        id: UnsafeRawBufferPointer
    ) -> DeliveryStatus? {
        guard UserKey.validate(user) == nil else { return .rejected(.badUser) }
        guard payload.count <= UserMessage.maxPayloadBytes else { return .rejected(.tooLarge) }
        guard let sender = sessions.session(session), !sender.isEnding else { return .unknown }
        guard let snapshot = ring.snapshot else { return .rejected(.noRing) }
        // It may have been delivered before its node died: at most once means not again.
        if let handling = rehoming?.handling, handling.session == session, handling.isAgain { return .unknown }
        let message = UserMessage(from: sender.user, to: user, hash: snapshot.ring.hash(of: user), payload: payload)
        switch snapshot.delivery {
        case .routed:
            let upstream = rehoming?.handling.flatMap { $0.session == session ? $0.n : nil } ?? 0
            let status = Routed.deliver(message, for: .session(session, upstream: upstream), id: id, in: self)
            if status == nil, upstream > 0 { rehoming?.handling?.isDeferred = true }
            return status
        case .broadcast: return broadcast?.deliver(message) ?? .rejected(.busy)
        }
    }

    /// Gives a message to the recipient's sessions on this loop; false if there is none.
    func deliverHere(_ message: UserMessage) -> Bool {
        var found: [SessionRef] = []
        swap(&found, &recipients)
        found.removeAll(keepingCapacity: true)
        sessions.sessions(of: message.to, hash: message.hash, into: &found)
        if rehoming != nil { found.removeAll { sessions.session($0)?.carrier == .some(.none) } }
        let isHere = !found.isEmpty
        if isHere {
            application.onDelivery(
                DeliveredMessage(from: message.from, payload: message.payload), to: found, in: self)
        }
        swap(&found, &recipients)
        return isHere
    }

    /// A question has its result: whoever waits for it is told.
    func settle(_ result: PendingResults.Result) {
        counters.countForward(result.status)
        tell(result.waiter, result.status, id: result.id)
    }

    /// Tells a waiter what became of its message.
    func tell(_ waiter: Waiter, _ status: DeliveryStatus, id: [UInt8] = []) {
        switch waiter {
        case .session(let session, let upstream):
            guard let sender = sessions.session(session) else { return }
            id.withUnsafeBytes { application.onResult(status, ofMessage: $0, to: session, in: self) }
            if upstream > 0 { settle(sender.id, upstream) }
        case .link(let socket, let correlation):
            guard let answer = LinkForwardResult(correlation, status, epoch: epoch), links[socket] != nil else {
                return
            }
            writeControl(answer, to: socket)
        case .sibling(let index, let correlation):
            guard let answer = LinkForwardResult(correlation, status, epoch: epoch) else { return }
            enqueue(answer, for: index)
        case .nobody: break
        }
    }

    /// Another node or loop hands a message over.
    func forwarded(_ forward: LinkForward, from origin: ForwardOrigin) {
        let waiter = origin.waiter(forward.correlation)
        if forward.epoch > epoch { refreshRing(forward.epoch) }
        guard let isLastHop = ForwardClass.isLastHop(forward.deliveryClass), UserKey.validate(forward.to) == nil else {
            return tell(waiter, .rejected(.badUser))
        }
        let message = UserMessage(
            from: forward.from, to: forward.to, hash: ring.hash(of: forward.to), payload: forward.data,
            isLastHop: isLastHop, epoch: forward.epoch)
        if let status = Routed.take(message, for: waiter, in: self) { tell(waiter, status) }
    }

    /// The answer to a forward of ours.
    func answered(_ answer: LinkForwardResult) {
        if answer.epoch > epoch { refreshRing(answer.epoch) }
        if let result = pending.answer(answer.correlation, DeliveryStatus(answer.status)) { settle(result) }
        if parkedMessages.count > 0, !pending.hasOlder(than: lastMove) { rerouteParked() }
    }
}

/// Where a forward came from.
enum ForwardOrigin {
    case link(SocketID)
    case sibling(Int)

    func waiter(_ correlation: UInt64) -> Waiter {
        switch self {
        case .link(let socket): .link(socket, correlation: correlation)
        case .sibling(let index): .sibling(index, correlation: correlation)
        }
    }
}

extension LinkForwardResult {
    /// `nil` for a status that is told by silence: whoever asked has a deadline of its own and will call it unknown.
    init?(_ correlation: UInt64, _ status: DeliveryStatus, epoch: UInt64) {
        let told: Status
        switch status {
        case .accepted: told = .accepted
        case .delivered: told = .delivered
        case .offline: told = .offline
        case .rejected: told = .rejected
        case .unknown: return nil
        }
        self.init(correlation: correlation, status: told, epoch: epoch)
    }
}

extension DeliveryStatus {
    init(_ status: LinkForwardResult.Status) {
        switch status {
        case .accepted: self = .accepted
        case .delivered: self = .delivered
        case .offline: self = .offline
        case .rejected: self = .rejected(.refusedByOwner)
        case .moved: self = .unknown
        }
    }
}
