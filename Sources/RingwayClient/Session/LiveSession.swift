import ClusterModel
import Reactor
import WebSocketWire

/// What an application does with a session. All calls come on the session's loop; each may send and close.
public protocol LiveSessionHandler: AnyObject {
    /// A message, once. It is acknowledged when this returns `true`, or at `LiveSession.handled` after `false`; the next one
    /// waits for that.
    func received(_ message: ReceivedMessage, session: LiveSession) -> Bool
    /// The message of that number will arrive; its last result follows.
    func accepted(_ n: UInt64, session: LiveSession)
    /// The last result of the message of that number.
    func ended(_ n: UInt64, _ result: SendResult, session: LiveSession)
    /// The session's state; `closed` is the last.
    func changed(_ state: ClientSession.State, session: LiveSession)
    /// The server complains of something else.
    func complained(_ reason: String, session: LiveSession)
}

extension LiveSessionHandler {
    /// Nothing.
    public func accepted(_ n: UInt64, session: LiveSession) {}
    /// Nothing.
    public func complained(_ reason: String, session: LiveSession) {}
}

/// A `ClientSession` on real sockets: opens, resumes and comes back by itself, on one event loop, until it is closed.
///
/// The loop keeps it, and it keeps its handler, until the loop stops.
public final class LiveSession: WebSocketClientDelegate {
    /// What a server has to speak.
    public static let subprotocol = "ringway.v1"

    private let loop: EventLoop
    private let handler: any LiveSessionHandler
    /// Where to connect; after a failure the next one is tried.
    private let doors: [(url: WebSocketURL, address: SocketAddress)]
    private let token: (() -> String?)?
    private var machine: ClientSession
    // The loop keeps the client, and the client keeps its delegate, this session.
    private unowned var client: WebSocketClient?
    private var door = 0
    private var socket: SocketID?
    private var query = ""
    private var connecting: TimerID?
    private var ticking: (time: Duration, timer: TimerID)?
    private var isFlushing = false
    /// What is to be done, in order: a handler that sends from inside a call must not overtake what stands here.
    private var actions: ArraySlice<ClientSession.Action> = []
    private var isActing = false

    /// A session on a loop; `start` begins it.
    ///
    /// - Parameters:
    ///   - doors: gateways, at least one, their names resolved.
    ///   - token: asked before each connection; it has to be a fresh one then.
    ///   - keepAlive: when to ping a silent server, and when to give it up.
    ///   - tls: whom `wss` connections trust; nil: the system's authorities.
    public init(
        on loop: EventLoop, doors: [(url: WebSocketURL, address: SocketAddress)], handler: any LiveSessionHandler,
        token: (() -> String?)? = nil, bounds: ClientBounds = ClientBounds(),
        keepAlive: KeepAlive.Policy? = KeepAlive.Policy(), tls: TLSClient? = nil
    ) {
        precondition(!doors.isEmpty, "a session needs somewhere to connect")
        self.loop = loop
        self.handler = handler
        self.doors = doors
        self.token = token
        machine = ClientSession(bounds: bounds, renewsToken: token != nil)
        let client = WebSocketClient(on: loop, delegate: self, keepAlive: keepAlive, tls: tls)
        self.client = client
    }

    /// The id that the server gave the session, and the node that holds it.
    public var place: (session: String?, node: String?) { (machine.session, machine.node) }

    /// Begins to connect.
    public func start() { act { $0.start(now: now, &$1) } }

    /// Sends JSON to a user, now or when there is a connection; results bear the number that is returned.
    @discardableResult
    public func send(to user: String, data: [UInt8], class kind: SendClass = .reliable) -> UInt64 {
        var n: UInt64 = 0
        act { n = $0.send(to: user, data: data, class: kind, now: now, &$1) }
        return n
    }

    /// The application is done with the message for which it had said `false`.
    public func handled() {
        act { $0.handled(&$1) }
        flush()
    }

    /// Says goodbye. What was sent and not answered is unknown, what was not sent is rejected.
    public func close() { act { $0.close(&$1) } }

    private var now: Duration { .nanoseconds(loop.now.nanoseconds) }

    private func act(_ event: (inout ClientSession, inout [ClientSession.Action]) -> Void) {
        var more: [ClientSession.Action] = []
        event(&machine, &more)
        actions.append(contentsOf: more)
        guard !isActing else { return }
        isActing = true
        while let action = actions.popFirst() { perform(action) }
        isActing = false
        schedule()
    }

    private func perform(_ action: ClientSession.Action) {
        switch action {
        case .connect(let query, let wait):
            self.query = query
            connecting = loop.after(wait) { [self] _ in
                connecting = nil
                connect()
            }
        case .write(let frame):
            guard let socket, let client else { return }
            // A full queue means a dead line or a greedy application; what is not answered goes again after the resume.
            if !frame.withUnsafeBytes({ client.send(.text, $0, to: socket) }) { client.abort(socket) }
        case .leave:
            if let connecting { loop.cancel(connecting) }
            connecting = nil
            if let socket { client?.close(socket) }
            socket = nil
        case .deliver(let message):
            guard handler.received(message, session: self) else { return }
            act { $0.handled(&$1) }
            flush()
        case .accepted(let n): handler.accepted(n, session: self)
        case .result(let n, let result): handler.ended(n, result, session: self)
        case .state(let state): handler.changed(state, session: self)
        case .problem(let reason): handler.complained(reason, session: self)
        }
    }

    private func connect() {
        let (url, address) = doors[door % doors.count]
        let joint = query.isEmpty ? "" : url.target.contains("?") ? "&" : "?"
        let target = WebSocketURL(
            host: url.host, port: url.port, target: url.target + joint + query, isSecure: url.isSecure)
        let offers = [Self.subprotocol] + (token?().map { ["bearer.\($0)"] } ?? [])
        do {
            socket = try client?.open(target, at: address, subprotocols: offers)
        } catch {
            ended(.failed("\(error)"))
        }
    }

    /// One acknowledgement for all that one round of the loop brought.
    private func flush() {
        guard !isFlushing else { return }
        isFlushing = true
        loop.after(.zero) { [self] _ in
            isFlushing = false
            act { $0.flush(&$1) }
        }
    }

    private func schedule() {
        guard let deadline = machine.deadline, ticking.map({ deadline < $0.time }) ?? true else { return }
        if let ticking { loop.cancel(ticking.timer) }
        let timer = loop.after(max(.zero, deadline - now)) { [self] _ in
            ticking = nil
            act { $0.tick(now: now, random: .random(in: 0..<1), &$1) }
        }
        ticking = (deadline, timer)
    }

    private func ended(_ ending: ClientEnding) {
        // A word of the server's own is about the session, not about the gateway.
        if case .closed = ending {} else { door += 1 }
        socket = nil
        act { $0.ended(ending, now: now, random: .random(in: 0..<1), &$1) }
    }

    // MARK: What the client says

    /// The socket's: not for others.
    public func opened(_ socket: SocketID, subprotocol: String?, client: WebSocketClient) {
        guard socket == self.socket, subprotocol != Self.subprotocol else { return }
        self.socket = nil
        client.close(socket, code: .protocolError)
        ended(.closed(.protocolError, reason: "the server does not speak \(Self.subprotocol)"))
    }

    /// The socket's: not for others.
    public func received(
        _ payload: UnsafeMutableRawBufferPointer, _ opcode: DataOpcode, from socket: SocketID, client: WebSocketClient
    ) {
        guard socket == self.socket, opcode == .text else { return }
        act { $0.heard(UnsafeRawBufferPointer(payload), now: now, &$1) }
    }

    /// The socket's: not for others.
    public func ended(_ socket: SocketID, _ ending: ClientEnding, client: WebSocketClient) {
        if socket == self.socket { ended(ending) }
    }
}
