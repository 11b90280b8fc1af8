import ClusterModel
import Edge
import Reactor
import TestClients
import WebSocketWire

typealias Notes = Journal<String>

/// Echoes; `/later` is accepted by the next `/go`, `/no` refused, `/move` moved to the other loop, `/flood` gets 8 MiB; `/soon` as a plain
/// request is answered after a moment.
final class TestApplication: EdgeApplication {
    let notes: Notes
    let name: String
    let other: (@Sendable (EventLoop) -> EdgeServer, LoopHandle)?
    var waiting: [ClientID] = []
    private(set) var edge: EdgeServer?

    init(_ notes: Notes, name: String = "one", other: (@Sendable (EventLoop) -> EdgeServer, LoopHandle)? = nil) {
        self.notes = notes
        self.name = name
        self.other = other
    }

    func start(_ loop: EventLoop, _ limits: EdgeLimits, _ bounds: ProcessBounds = ProcessBounds()) -> EdgeServer {
        let edge = EdgeServer(loop: loop, limits: limits, bounds: bounds, application: self)
        self.edge = edge
        return edge
    }

    func upgrade(_ request: UpgradeRequest, from client: ClientID, peer: SocketAddress, edge: EdgeServer) {
        switch request.path {
        case "/later": waiting.append(client)
        case "/no": edge.refuse(client, .noOwner(retryAfter: 3))
        case "/move":
            guard let other else { return edge.accept(client) }
            edge.move(client, to: other.1, edge: other.0)
        default:
            edge.accept(client, subprotocol: "one")
            if request.path == "/flood" {
                let megabyte = [UInt8](repeating: 65, count: 1 << 19)
                for _ in 0..<64 where !megabyte.withUnsafeBytes({ edge.send(.text, $0, to: client) }) {
                    notes.add("refused")
                    break
                }
            }
        }
    }

    func plain(_ head: HTTPHead, from client: ClientID, edge: EdgeServer) -> PlainAnswer? {
        for client in waiting { edge.accept(client) }
        waiting = []
        if head.path == "/soon" {
            edge.loop.after(.milliseconds(5)) { _ in
                edge.answer(client, PlainAnswer(status: 200, json: "{\"path\":\"/soon\"}"))
            }
            return nil
        }
        return PlainAnswer(status: 200, json: "{\"path\":\"\(head.path)\"}")
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer
    ) {
        let text = String(decoding: payload, as: UTF8.self)
        switch text {
        case "pause":
            edge.pause(client)
            edge.loop.after(.milliseconds(50)) { _ in
                self.notes.add("resumed")
                edge.resume(client)
            }
        case "close": edge.close(client, code: .moved, reason: "epoch=5")
        case "who":
            name.utf8.withContiguousStorageIfAvailable { _ = edge.send(.text, UnsafeRawBufferPointer($0), to: client) }
        default:
            notes.add(text)
            edge.send(opcode, UnsafeRawBufferPointer(payload), to: client)
        }
    }

    func ended(_ client: ClientID, code: CloseCode, reason: String, edge: EdgeServer) {
        notes.add("ended \(code.rawValue) \(reason)")
    }
}

/// An edge on a loop of its own, and its address.
func withEdge(
    _ limits: EdgeLimits = EdgeLimits(), bounds: ProcessBounds = ProcessBounds(),
    _ body: (SocketAddress, Notes) async throws -> Void
) async throws {
    let group = LoopGroup(count: 1, name: "edge")
    let notes = Notes()
    let keep = Locked<LoopBound<TestApplication>?>(nil)
    let address = try await group.loops[0].run { loop in
        let application = TestApplication(notes)
        let edge = application.start(loop, limits, bounds)
        return Result {
            (try edge.listen(on: SocketAddress(host: "127.0.0.1", port: 0)), LoopBound(application, to: loop))
        }
    }.get()
    keep.withLock { $0 = address.1 }
    let result: Result<Void, any Error>
    do { result = .success(try await body(address.0, notes)) } catch { result = .failure(error) }
    group.stop()
    keep.withLock { $0 = nil }
    try result.get()
}
