import ClusterModel
import Glibc
import Reactor
import RingwayClient
import WebSocketWire

/// One person's chat on an event loop: opens, comes back, sends, shows.
final class ChatSession: WebSocketClientDelegate {
    private let user: String
    /// The gateways to try, in turn.
    private let doors: [(url: WebSocketURL, address: SocketAddress)]
    private let screen: ChatScreen
    /// Called once at the end, with the program's exit code.
    private let finished: (Int32) -> Void
    private var door = 0
    private var socket: SocketID?
    /// Below 100 ms people do not notice a pause, and nobody looks at a still screen for long.
    private var policy = ReturnPolicy(base: .milliseconds(100), cap: .seconds(10), proof: .seconds(2))
    private var openedAt: MonotonicTime?
    private var node: String?
    /// Why the last open WebSocket ended, and the last of the attempts since.
    private var firstEnding: ClientEnding?
    private var lastEnding: ClientEnding?
    private var isLeaving = false
    private var nextID = 1
    /// Whom each message without a result went to. Bounded: results may stay out when a node dies.
    private var pending: [String: String] = [:]
    /// What was said while there was no connection; at most 100 lines.
    private var unsent: [(text: String, peer: String)] = []

    init(
        user: String, doors: [(url: WebSocketURL, address: SocketAddress)], screen: ChatScreen,
        finished: @escaping (Int32) -> Void
    ) {
        self.user = user
        self.doors = doors
        self.screen = screen
        self.finished = finished
    }

    /// Begins to connect.
    func start(_ client: WebSocketClient) {
        let (url, address) = doors[door % doors.count]
        do {
            socket = try client.open(url, at: address)
        } catch {
            comeBack(after: .failed("\(error)"), client)
        }
    }

    /// Sends a text, now or when there is a connection.
    func say(_ text: String, to peer: String, _ client: WebSocketClient) {
        let id = "\(nextID)"
        let bytes = ClientMessage.send(id: id, to: peer, text: text)
        guard let socket, openedAt != nil, bytes.withUnsafeBytes({ client.send(.text, $0, to: socket) }) else {
            if unsent.count == 100 { return screen.problem("not connected; not sent") }
            return unsent.append((text, peer))
        }
        nextID += 1
        if pending.count >= 1000 { pending.removeAll() }
        pending[id] = peer
    }

    /// Waits at most 3 s for what is under way, then closes in order and ends the chat.
    func leave(_ client: WebSocketClient) {
        guard !isLeaving else { return }
        isLeaving = true
        goIfDone(client)
        client.loop.after(.seconds(3)) { [self] _ in go(client) }
    }

    private func goIfDone(_ client: WebSocketClient) {
        if isLeaving, pending.isEmpty, unsent.isEmpty { go(client) }
    }

    private func go(_ client: WebSocketClient) {
        if !unsent.isEmpty { screen.problem("no connection; not sent: \(unsent.count)") }
        unsent = []
        pending = [:]
        guard let socket else { return finished(0) }
        client.close(socket)
    }

    // MARK: What the client says

    func opened(_ socket: SocketID, subprotocol: String?, client: WebSocketClient) { openedAt = client.loop.now }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, _ opcode: DataOpcode, from socket: SocketID, client: WebSocketClient
    ) {
        guard opcode == .text, let message = ServerMessage(UnsafeRawBufferPointer(payload)) else {
            return screen.problem("\(payload.count) bytes that are no message of the default application")
        }
        switch message {
        case .welcome(let user, let node, let epoch):
            screen.welcome(user: user, node: node, epoch: epoch, before: self.node, after: firstEnding)
            self.node = node
            firstEnding = nil
            let waiting = unsent
            unsent = []
            for line in waiting { say(line.text, to: line.peer, client) }
        case .message(let from, let group, let data): screen.message(from: from, group: group, data)
        case .result(let id, let status, let reason):
            guard let peer = pending[id] else { return }
            if status != "accepted" { pending[id] = nil }
            screen.result(peer: peer, status: status, reason: reason)
            goIfDone(client)
        case .error(let reason, let id):
            if let id { pending[id] = nil }
            screen.problem(reason)
            goIfDone(client)
        case .other: break
        }
    }

    func ended(_ socket: SocketID, _ ending: ClientEnding, client: WebSocketClient) {
        self.socket = nil
        for (_, peer) in pending.sorted(by: { $0.key < $1.key }) {
            screen.result(peer: peer, status: "unknown", reason: nil)
        }
        pending = [:]
        if case .left = ending { return finished(0) }
        if isLeaving, unsent.isEmpty { return finished(0) }
        comeBack(after: ending, client)
    }

    private func comeBack(after ending: ClientEnding, _ client: WebSocketClient) {
        let lasted = openedAt.map { client.loop.now - $0 }
        openedAt = nil
        // A word of the server's own is about the user, not about the gateway.
        switch ending {
        case .failed, .lost, .refused: door += 1
        case .closed, .left: break
        }
        guard let delay = policy.delay(after: ending, lasted: lasted, random: .random(in: 0..<1)) else {
            screen.over(ending)
            return finished(1)
        }
        // A node takes a lease to be missed: the same answer is not shown again and again.
        if ending != lastEnding || lasted != nil { screen.pause(ending, delay) }
        lastEnding = ending
        firstEnding = firstEnding ?? ending
        client.loop.after(delay) { [self] _ in start(client) }
    }
}
