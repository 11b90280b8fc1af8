import Reactor
import WebSocketWire

/// What uses WebSockets as a client. All calls come on the client's loop; each may send and close.
public protocol WebSocketClientDelegate: AnyObject {
    /// The handshake is done; messages may be sent from here on.
    func opened(_ socket: SocketID, subprotocol: String?, client: WebSocketClient)
    /// A whole message. The bytes live for the call.
    func received(
        _ payload: UnsafeMutableRawBufferPointer, _ opcode: DataOpcode, from socket: SocketID, client: WebSocketClient)
    /// The end: exactly once for each socket that `WebSocketClient.open` returned.
    func ended(_ socket: SocketID, _ ending: ClientEnding, client: WebSocketClient)
}
