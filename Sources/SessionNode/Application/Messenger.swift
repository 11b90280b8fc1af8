import ClusterModel
import HashRing

/// The default application: JSON frames that carry messages from user to user (docs/client-protocol.md).
///
/// Serves the class `fast`, and `reliable` where the plan is `rehome`. What the protocol knows beyond that is refused with a
/// reason, so that a client can tell "not here" from "lost".
public final class Messenger: Application {
    private var frame = ServerFrame()

    /// An application without sessions yet.
    public init() {}

    /// Greets the session.
    public func onOpen(_ session: SessionRef, in context: NodeContext) {
        guard let id = context.id(of: session), let user = context.user(of: session) else { return }
        answer(session, context) {
            $0.welcome(
                service: context.service, user: user, session: id, node: context.node.text, epoch: context.epoch)
        }
    }

    /// The client was greeted where it came first.
    public func onAdopt(_ session: SessionRef, state: [UInt8]?, isRecovered: Bool, in context: NodeContext) {}

    /// Reads the request and acts on it; whatever is wrong with it, the session lives on.
    public func onMessage(
        _ bytes: UnsafeRawBufferPointer, _ kind: MessageKind, from session: SessionRef, in context: NodeContext
    ) {
        guard kind == .text else {
            return answer(session, context) { $0.error("binary frames are not understood, send JSON as text", id: nil) }
        }
        let request: ClientRequest
        do throws(ClientRequest.Mistake) {
            request = try ClientRequest.read(bytes)
        } catch {
            return answer(session, context) { $0.error(error.reason, id: error.id) }
        }
        switch request.kind {
        case .send(.reliable): sendReliably(request, from: session, context)
        case .send(.fast):
            // What a client numbers it wants kept, unless it says otherwise.
            if !request.saysClass, request.n != nil, context.clientKind(of: session) == .resumable {
                sendReliably(request, from: session, context)
            } else {
                send(request, from: session, context)
            }
        case .publish, .join, .leave: reject(request, "groups are not available yet", session, context)
        case .presence: reject(request, "presence is not available yet", session, context)
        case .ack:
            answer(session, context) {
                $0.error("there is nothing to acknowledge here", id: nil)
            }
        }
    }

    /// Gives each session of the recipient the message.
    public func onDelivery(_ message: DeliveredMessage, to sessions: [SessionRef], in context: NodeContext) {
        lendFrame { frame in
            frame.message(from: message.from, payload: message.payload)
            for session in sessions { context.send(frame.bytes, .text, to: session) }
        }
    }

    /// What `onDelivery` would write; for a client that acknowledges, with what it needs for that.
    public func frame(_ message: ReliableMessage) -> [UInt8] {
        var frame = ServerFrame()
        frame.message(message)
        return frame.bytes
    }

    /// Tells the sender what became of its message.
    public func onResult(
        _ status: DeliveryStatus, ofMessage id: UnsafeRawBufferPointer, to session: SessionRef, in context: NodeContext
    ) {
        answer(session, context) { $0.result(id, status) }
    }

    private func send(_ request: ClientRequest, from session: SessionRef, _ context: NodeContext) {
        let status = request.to.withBytes { to in
            UserKey.validate(to) == nil
                ? context.deliver(request.payload, to: to, from: session, id: request.id) : .rejected(.badUser)
        }
        guard let status else { return }
        answer(session, context) { $0.result(request.id, status) }
    }

    private func sendReliably(_ request: ClientRequest, from session: SessionRef, _ context: NodeContext) {
        let refusal = request.to.withBytes { to in
            context.deliverReliably(
                request.payload, to: to, from: session, id: request.id, n: numberToUse(request, session, context),
                isAgain: request.isAgain)
        }
        guard let refusal else { return }
        answer(session, context) { $0.result(request.id, .rejected(refusal)) }
    }

    /// A plain client's messages are numbered by its gateway: whatever it says itself is not known to rise.
    private func numberToUse(_ request: ClientRequest, _ session: SessionRef, _ context: NodeContext) -> UInt64? {
        context.clientKind(of: session) == .resumable ? request.n : nil
    }

    private func reject(
        _ request: ClientRequest, _ reason: String, _ session: SessionRef, _ context: NodeContext
    ) {
        answer(session, context) { $0.rejected(request.id, reason: reason) }
    }

    private func answer(_ session: SessionRef, _ context: NodeContext, _ write: (inout ServerFrame) -> Void) {
        lendFrame { frame in
            write(&frame)
            context.send(frame.bytes, .text, to: session)
        }
    }

    /// Takes the frame out of `self` for the call, so that a call that comes back in meanwhile finds another one.
    private func lendFrame(_ body: (inout ServerFrame) -> Void) {
        var lent = ServerFrame()
        swap(&lent, &frame)
        body(&lent)
        swap(&lent, &frame)
    }
}
