import ClusterModel
import Edge
import Reactor
import WebSocketWire

/// Echoes; `/wrong` sends back something else.
final class EchoServer: EdgeApplication {
    private var paths: [ClientID: String] = [:]

    func upgrade(_ request: UpgradeRequest, from client: ClientID, peer: SocketAddress, edge: EdgeServer) {
        paths[client] = request.path
        edge.accept(client)
    }

    func plain(_ head: HTTPHead, from client: ClientID, edge: EdgeServer) -> PlainAnswer? {
        PlainAnswer(status: 404, json: "{}")
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer
    ) {
        if paths[client] == "/wrong" { payload[payload.count - 1] ^= 1 }
        edge.send(opcode, UnsafeRawBufferPointer(payload), to: client)
    }

    func ended(_ client: ClientID, code: CloseCode, reason: String, edge: EdgeServer) {}
}

/// The address of such a server while it runs, on a free port.
func withEchoServer(_ body: (SocketAddress) async throws -> Void) async throws {
    let group = LoopGroup(count: 1, name: "test")
    defer { group.stop() }
    let (address, kept) = try await group.loops[0].run { loop in
        Result {
            let application = EchoServer()
            let edge = EdgeServer(loop: loop, application: application)
            let address = try edge.listen(on: SocketAddress(host: "127.0.0.1", port: 0))
            return (address, LoopBound(application, to: loop))
        }
    }.get()
    defer {
        // Before `kept` goes: the server on the loop needs it.
        group.stop()
        withExtendedLifetime(kept) {}
    }
    try await body(address)
}
