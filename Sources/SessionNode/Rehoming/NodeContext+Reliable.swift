import ClusterModel
import HashRing
import Rehoming
import SessionLink

extension NodeContext {
    /// How a session's client takes part.
    public func clientKind(of session: SessionRef) -> ClientKind {
        guard let id = id(of: session), let rehoming else { return .plain }
        return rehoming.clients.kind(id)
    }

    /// Sends a message of the class `reliable` to all sessions of a user: each gets it exactly once, in the order in which this
    /// session sent to that user, whatever becomes of nodes. For services whose plan is `rehome`, and only during `onMessage`.
    ///
    /// - Parameters:
    ///   - payload: any bytes, at most 1 MiB, else `.tooLarge`.
    ///   - user: the recipient; may be the sender.
    ///   - session: the sender, which gets the results.
    ///   - id: the sender's name of the message; comes back with each result.
    ///   - n: the message's number, given by a resumable client: it rises. Nil for a plain client's: one message to send per
    ///     message of the client.
    ///   - isAgain: the client says that it may have sent it before.
    /// - Returns: why it is not sent, else `nil`: then `Application.onResult` is told `accepted` and after that `delivered` or
    ///   `unknown`, or at once one of those that are last. A node that took the session over says no more of what was accepted.
    public func deliverReliably(
        _ payload: UnsafeRawBufferPointer, to user: UnsafeRawBufferPointer, from session: SessionRef,
        id: UnsafeRawBufferPointer, n: UInt64? = nil, isAgain: Bool = false
    ) -> DeliveryRefusal? {
        guard UserKey.validate(user) == nil else { return .badUser }
        guard payload.count <= UserMessage.maxPayloadBytes else { return .tooLarge }
        guard let snapshot = ring.snapshot else { return .noRing }
        guard snapshot.plan == .rehome, let rehoming, let handling = rehoming.handling, handling.session == session,
            !handling.isDeferred
        else { return .notMovable }
        guard n != nil || rehoming.clients.kind(handling.id) == .plain else { return .noNumber }
        let number = n ?? handling.n
        let forward = Forwarded(
            correlation: 0, epoch: 0, key: MessageKey(sender: handling.id, n: number), isAgain: false,
            from: sessions.session(session).map { Array($0.user) } ?? [], to: Array(user), payload: Array(payload))
        guard forward.fitsLink else { return .tooLarge }
        rehoming.handling?.isDeferred = true
        rehoming.clients.name(Array(id), handling.id, n: number)
        tell {
            $0.send(
                from: handling.id, n: number, upstream: handling.n, isAgain: isAgain || handling.isAgain,
                to: forward.to, payload: forward.payload, now: $1, &$2)
        }
        return nil
    }

    /// What became of a client's message.
    func tell(_ session: SessionID, _ n: UInt64, _ outcome: SendOutcome, _ desk: NodeRehoming) {
        guard let ref = desk.refs[session], let id = desk.clients.name(of: n, session, outcome: outcome) else { return }
        id.withUnsafeBytes {
            application.onResult(DeliveryStatus(outcome), ofMessage: $0, to: ref, in: self)
        }
    }
}

extension DeliveryStatus {
    init(_ outcome: SendOutcome) {
        switch outcome {
        case .accepted: self = .accepted
        case .delivered: self = .delivered
        case .offline: self = .offline
        case .busy: self = .rejected(.busy)
        case .unreachable: self = .rejected(.unreachable)
        case .unknown: self = .unknown
        }
    }
}
