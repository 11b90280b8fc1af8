import ClusterModel

/// What a message is.
public enum MessageKind: Sendable, Hashable {
    /// UTF-8; the edge has checked it.
    case text
    /// Any bytes.
    case binary
}

/// A message on its way to the sessions of a user.
///
/// Views of buffers that belong to others: good for the call they are given to, copied by whoever needs them longer.
public struct DeliveredMessage {
    /// The sender's bytes.
    public let from: UnsafeRawBufferPointer
    /// What was sent, byte for byte.
    public let payload: UnsafeRawBufferPointer
}

/// What a node does with its sessions: the protocol that people who embed the library implement.
///
/// The node makes one application per event loop, so there is nothing to lock; all sessions of one user live on one loop.
/// All calls come on the loop's thread. **They are synchronous and short: nobody else on this loop is served meanwhile.**
/// Whatever waits (a database, another service) belongs into a task, which comes back with `NodeContext.handle.post`.
/// Buffers are good for the call they are given to.
///
/// The calls for a session come in this order: `onOpen` → (`onMessage` | `onDelivery` | `onResult`)* → `onClose`.
///
/// ```swift
/// final class Shout: Application {
///     func onMessage(_ bytes: UnsafeRawBufferPointer, _ kind: MessageKind, from session: SessionRef, in context: NodeContext) {
///         context.send(Array(bytes) + Array("!".utf8), kind, to: session)
///     }
/// }
/// ```
public protocol Application: AnyObject {
    /// A user has come.
    func onOpen(_ session: SessionRef, in context: NodeContext)
    /// A whole message from the client.
    func onMessage(
        _ bytes: UnsafeRawBufferPointer, _ kind: MessageKind, from session: SessionRef, in context: NodeContext)
    /// Another user's message, sent with `NodeContext.deliver` on any node; `sessions` are all those of the recipient here.
    func onDelivery(_ message: DeliveredMessage, to sessions: [SessionRef], in context: NodeContext)
    /// What became of a message that this session sent and whose `deliver` had no answer yet.
    func onResult(
        _ status: DeliveryStatus, ofMessage id: UnsafeRawBufferPointer, to session: SessionRef, in context: NodeContext)
    /// A session has come that was at another node before (plan C): its client noticed nothing.
    ///
    /// - Parameters:
    ///   - state: what `onRelease` gave away there; nil if it gave nothing, or if that node died.
    ///   - isRecovered: whether the former node gave the session up in order. If not, messages of the client that were not
    ///     answered come again, and what they did may have been done: (session, number) tells.
    func onAdopt(_ session: SessionRef, state: [UInt8]?, isRecovered: Bool, in context: NodeContext)
    /// A session leaves for another node. The answer, at most 64 KiB, goes with it; more counts as nothing. There is no
    /// `onClose` for it here.
    func onRelease(_ session: SessionRef, in context: NodeContext) -> [UInt8]?
    /// The frame that a client gets of a `reliable` message. Depends on nothing but the message: it may be asked again.
    func frame(_ message: ReliableMessage) -> [UInt8]
    /// The session is over; `code` is what ended it (1006: the connection broke). It takes no more messages, but during this
    /// call the context still says whose it was.
    func onClose(_ session: SessionRef, code: CloseCode, in context: NodeContext)
}

extension Application {
    /// Does nothing.
    public func onOpen(_ session: SessionRef, in context: NodeContext) {}
    /// Does nothing: the message is dropped.
    public func onDelivery(_ message: DeliveredMessage, to sessions: [SessionRef], in context: NodeContext) {}
    /// Does nothing.
    public func onResult(
        _ status: DeliveryStatus, ofMessage id: UnsafeRawBufferPointer, to session: SessionRef, in context: NodeContext
    ) {}
    /// Calls `onOpen`.
    public func onAdopt(_ session: SessionRef, state: [UInt8]?, isRecovered: Bool, in context: NodeContext) {
        onOpen(session, in: context)
    }
    /// Gives nothing away.
    public func onRelease(_ session: SessionRef, in context: NodeContext) -> [UInt8]? { nil }
    /// The payload as it is.
    public func frame(_ message: ReliableMessage) -> [UInt8] { message.payload }
    /// Does nothing.
    public func onClose(_ session: SessionRef, code: CloseCode, in context: NodeContext) {}
}
