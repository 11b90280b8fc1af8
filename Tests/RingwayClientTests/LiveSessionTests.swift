import ClusterModel
import Edge
import Reactor
import TestClients
import Testing
import WebSocketWire

@testable import RingwayClient

/// Speaks `ringway.v1`: its first connection is closed at the second message, the next one answers everything.
private final class ClosingServer: EdgeApplication {
    let notes: Journal<String>
    private var opened = 0

    init(_ notes: Journal<String>) { self.notes = notes }

    func upgrade(_ request: UpgradeRequest, from client: ClientID, peer: SocketAddress, edge: EdgeServer) {
        opened += 1
        notes.add("server: \(request.target) \(request.subprotocols.joined(separator: " "))")
        if request.path == "/plain" { return edge.accept(client) }
        edge.accept(client, subprotocol: "ringway.v1")
        say(
            opened == 1
                ? #"{"type":"welcome","session":"s","user":"u","node":"a","resume":"t+","position":"5-0"}"#
                : #"{"type":"resumed","recovered":true,"replayed":1}"#, to: client, edge)
        say(
            #"{"type":"message","from":"v","data":7,"position":"5-\#(opened)","sender":"v","n":\#(opened)}"#,
            to: client,
            edge)
    }

    func plain(_ head: HTTPHead, from client: ClientID, edge: EdgeServer) -> PlainAnswer? {
        PlainAnswer(status: 404, json: "{}")
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer
    ) {
        let text = String(decoding: payload, as: UTF8.self)
        notes.add("server: \(text)")
        guard text.contains(#""type":"send""#) else { return }
        if opened == 1, text.contains(#""n":2"#) { return edge.close(client, code: .draining, reason: "retry=1") }
        guard opened > 1, let n = text.split(separator: #""n":"#).last?.dropLast() else { return }
        say(#"{"type":"result","id":"\#(n)","status":"accepted"}"#, to: client, edge)
        say(#"{"type":"result","id":"\#(n)","status":"delivered"}"#, to: client, edge)
    }

    func ended(_ client: ClientID, code: CloseCode, reason: String, edge: EdgeServer) { notes.add("server: \(code)") }

    private func say(_ text: String, to client: ClientID, _ edge: EdgeServer) {
        var text = text
        text.withUTF8 { _ = edge.send(.text, UnsafeRawBufferPointer($0), to: client) }
    }
}

/// Notes everything; answers the first message with two, from inside the call.
private final class NotingHandler: LiveSessionHandler {
    let notes: Journal<String>

    init(_ notes: Journal<String>) { self.notes = notes }

    func received(_ message: ReceivedMessage, session: LiveSession) -> Bool {
        notes.add("got \(String(decoding: message.data, as: UTF8.self)) from \(message.from)")
        guard message.key?.n == 1 else { return true }
        session.send(to: "v", data: Array("1".utf8))
        session.send(to: "v", data: Array("2".utf8))
        return true
    }

    func ended(_ n: UInt64, _ result: SendResult, session: LiveSession) {
        notes.add("\(n) \(result.status)")
        if n == 2 { session.close() }
    }

    func changed(_ state: ClientSession.State, session: LiveSession) {
        switch state {
        case .connecting: notes.add("connecting")
        case .open(let recovered, let replayed): notes.add("open \(recovered) \(replayed)")
        case .resuming: notes.add("resuming")
        case .closed(let ending): notes.add("closed \(ending)")
        }
    }
}

@Suite("A session on real sockets", .serialized)
struct LiveSessionTests {
    private static func run(_ path: String, until last: String) async throws -> [String] {
        let notes = Journal<String>()
        let start: ServerStart = { loop in
            let application = ClosingServer(notes)
            let edge = EdgeServer(loop: loop, application: application)
            let address = try edge.listen(on: SocketAddress(host: "127.0.0.1", port: 0))
            return (address, LoopBound(application, to: loop))
        }
        try await withServer(start) { address, loop in
            try await loop.run { loop in
                let url = WebSocketURL(host: address.host, port: address.port, target: path)
                LiveSession(on: loop, doors: [(url, address)], handler: NotingHandler(notes), token: { "x.y.z" })
                    .start()
            }
            try await notes.wait(last) { $0.contains { $0.hasPrefix(last) } }
        }
        return notes.all
    }

    @Test("it resumes, sends again what was not answered, and leaves with a goodbye")
    func resumes() async throws {
        let notes = try await Self.run("/chat?user=u", until: "server: 1000")
        let client = notes.filter { !$0.hasPrefix("server") }
        #expect(
            client == [
                "open true 0", "got 7 from v", "resuming", "open true 1", "got 7 from v", "1 delivered", "2 delivered",
                "closed \(ClientEnding.left)",
            ])
        let targets = notes.filter { $0.contains("bearer") }
        #expect(
            targets == [
                "server: /chat?user=u ringway.v1 bearer.x.y.z",
                "server: /chat?user=u&resume=t%2B&generation=1&position=5-1 ringway.v1 bearer.x.y.z",
            ])
        let sends = notes.filter { $0.contains(#""type":"send""#) }.compactMap { $0.split(separator: #""data":"#).last }
        #expect(sends.map { $0.first } == ["1", "2", "1", "2"])
        #expect(notes.contains(#"server: {"type":"ack","position":"5-2"}"#))
    }

    @Test("a server that does not speak the protocol is left for good")
    func noProtocol() async throws {
        let notes = try await Self.run("/plain", until: "closed")
        #expect(notes.filter { $0.hasPrefix("closed") }.first?.contains("ringway.v1") == true)
        #expect(!notes.contains("connecting"))
    }
}
