import ClusterModel
import Reactor
import WebSocketWire

/// Names a client of one loop's edge. It is the socket's id, so a table by `index` fits here too.
public typealias ClientID = SocketID

/// What stands behind an edge: it decides who comes in, and takes their messages.
///
/// All calls come on the loop's thread and must not block. A client's calls come in this order:
/// `upgrade` → (`received` | `drained`)* → `ended`. Buffers are valid during the call and may be changed in place.
public protocol EdgeApplication: AnyObject {
    /// A request for a WebSocket that is right in every detail. Answer it, now or later, with exactly one of
    /// `EdgeServer.accept`, `.refuse` or (only from inside this call) `.move`. There is no deadline but the caller's own.
    func upgrade(_ request: UpgradeRequest, from client: ClientID, peer: SocketAddress, edge: EdgeServer)
    /// A plain GET on the data port, `where` for one.
    ///
    /// - Returns: the answer, or nil if it follows later by `EdgeServer.answer`. Until then the connection's next request
    ///   waits, so answers keep the order of requests and a connection has one under way. There is no deadline but the
    ///   application's own. A client that goes away meanwhile is not reported; its answer goes nowhere.
    func plain(_ head: HTTPHead, from client: ClientID, edge: EdgeServer) -> PlainAnswer?
    /// A whole message of an accepted client.
    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer)
    /// The client had been too slow for the kernel's buffer and has taken nearly all that was queued.
    func drained(_ client: ClientID, edge: EdgeServer)
    /// The client broke a rule and will be closed for it. True if what it said before may still be answered: then
    /// `EdgeServer.finish` ends it, or a quarter of a second does.
    func owesAnswers(to client: ClientID, edge: EdgeServer) -> Bool
    /// The client is gone: once for each `upgrade` that was not refused or moved. `code` is what closed it: the peer's, or
    /// ours, or 1005 (none given), or 1006 (no close frame).
    func ended(_ client: ClientID, code: CloseCode, reason: String, edge: EdgeServer)
    /// No more clients for a moment: the process or the machine runs out of descriptors or memory. It resumes by itself; at
    /// most one call a second over all loops, so that a log line for each is not too much.
    func acceptPaused(_ pause: AcceptPause, edge: EdgeServer)
}

extension EdgeApplication {
    /// Whatever is answered was answered at once.
    public func owesAnswers(to client: ClientID, edge: EdgeServer) -> Bool { false }
    /// Does nothing.
    public func drained(_ client: ClientID, edge: EdgeServer) {}
    /// Does nothing.
    public func acceptPaused(_ pause: AcceptPause, edge: EdgeServer) {}
}
