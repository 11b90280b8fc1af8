import ClusterModel
import Edge
import Reactor
import TestClients
import WebSocketWire

@testable import RingwayClient

/// Echoes; `/busy` is refused with 503, `/close` closes with 4001 at the first message.
final class TestServer: EdgeApplication {
    private var paths: [ClientID: String] = [:]

    func upgrade(_ request: UpgradeRequest, from client: ClientID, peer: SocketAddress, edge: EdgeServer) {
        paths[client] = request.path
        if request.path == "/busy" { edge.refuse(client, .noOwner(retryAfter: 3)) } else { edge.accept(client) }
    }

    func plain(_ head: HTTPHead, from client: ClientID, edge: EdgeServer) -> PlainAnswer? {
        PlainAnswer(status: 404, json: "{}")
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer
    ) {
        switch paths[client] {
        case "/close": edge.close(client, code: .moved, reason: "retry=5;epoch=7")
        default: edge.send(opcode, UnsafeRawBufferPointer(payload), to: client)
        }
    }

    func ended(_ client: ClientID, code: CloseCode, reason: String, edge: EdgeServer) {}
}

/// Answers whatever comes with fixed bytes: a server that gets it wrong.
final class BrokenServer: SocketHandler {
    private let answer: String

    init(_ answer: String) { self.answer = answer }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        loop.write(Array(answer.utf8), to: socket)
        return bytes.count
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {}
}

/// Notes what a client hears; says `hello` when it is open.
final class TestDelegate: WebSocketClientDelegate {
    let notes: Journal<String>
    private let leavesAfterEcho: Bool

    init(_ notes: Journal<String>, leavesAfterEcho: Bool) {
        self.notes = notes
        self.leavesAfterEcho = leavesAfterEcho
    }

    func opened(_ socket: SocketID, subprotocol: String?, client: WebSocketClient) {
        notes.add("opened")
        client.send("hello", to: socket)
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, _ opcode: DataOpcode, from socket: SocketID, client: WebSocketClient
    ) {
        notes.add("got \(String(decoding: payload, as: UTF8.self))")
        if leavesAfterEcho { client.close(socket) }
    }

    func ended(_ socket: SocketID, _ ending: ClientEnding, client: WebSocketClient) { notes.add("ended \(ending)") }
}

/// Begins to serve on a loop: the address, and what has to live as long as the loop.
typealias ServerStart = @Sendable (EventLoop) throws -> (SocketAddress, any Sendable)

/// A server's address, and a loop for clients, while both run.
func withServer(_ start: @escaping ServerStart, _ body: (SocketAddress, LoopHandle) async throws -> Void) async throws {
    let group = LoopGroup(count: 2, name: "test")
    defer { group.stop() }
    let (address, kept) = try await group.loops[0].run { loop in Result { try start(loop) } }.get()
    defer {
        // Before `kept` goes: the server on the loop needs it.
        group.stop()
        withExtendedLifetime(kept) {}
    }
    try await body(address, group.loops[1])
}

/// The server above, on a free port.
@Sendable func testServer(_ loop: EventLoop) throws -> (SocketAddress, any Sendable) {
    let application = TestServer()
    let edge = EdgeServer(loop: loop, application: application)
    let address = try edge.listen(on: SocketAddress(host: "127.0.0.1", port: 0))
    return (address, LoopBound(application, to: loop))
}

/// A server that answers with these bytes, on a free port.
func brokenServer(_ answer: String) -> ServerStart {
    { loop in
        let handler = loop.register(BrokenServer(answer))
        return (try loop.listen(on: SocketAddress(host: "127.0.0.1", port: 0), handler: handler), answer)
    }
}
