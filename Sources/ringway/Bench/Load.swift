import CLinux
import ClusterModel
import Reactor
import RingwayClient
import WebSocketWire

/// The part of a load that runs on one event loop.
///
/// Connecting, then (told by `LoadRun`) sending, then waiting for what is under way. With a rate, the loop never sleeps while
/// it sends: a timer's grain would show up in the latencies.
final class Load: WebSocketClientDelegate, SocketHandler {
    /// Handshakes at once; more would overrun a listener's queue and measure that.
    private static let handshakes = 64

    let plan: LoadPlan
    private let loop: EventLoop
    /// Users of this loop, partners beside each other.
    private let members: [LoadMember]
    private var bySocket: [LoadMember?]
    // The loop keeps the client, and the client keeps its delegate, this load.
    private unowned var client: WebSocketClient?
    private var ticker: HandlerID?
    private var nextToOpen = 0
    private var opening = 0
    private var isSending = false
    private var isFinishing = false
    private var started: Int64 = 0
    private var issued = 0
    private let rate: Double?
    var tally = LoadTally()
    private(set) var progress = LoadProgress()

    /// The load of users `numbers`, sending its share of the plan's rate.
    init(_ plan: LoadPlan, numbers: Range<Int>, on loop: EventLoop) {
        self.plan = plan
        self.loop = loop
        members = numbers.map { number in
            LoadMember(number, plan: plan, partner: plan.kind == .pairs ? plan.name(number ^ 1) : nil)
        }
        bySocket = Array(repeating: nil, count: loop.socketLimit)
        rate = plan.rate.map { $0 * Double(numbers.count) / Double(max(1, plan.connections)) }
        let client = WebSocketClient(
            on: loop, delegate: self, limits: MessageLimits(maxMessageBytes: 64 << 20), tls: plan.tls)
        self.client = client
        ticker = loop.register(self)
    }

    // MARK: What the run says

    /// Begins to open all connections.
    func connect() { while opening < Self.handshakes, nextToOpen < members.count { openNext() } }

    /// Begins to send.
    func begin() {
        isSending = true
        started = clinux_monotonic_nanoseconds()
        if rate != nil, let ticker { return loop.atRoundEnd(ticker) }
        for member in members { for _ in 0..<plan.window { send(member, at: clinux_monotonic_nanoseconds()) } }
    }

    /// Forgets what was counted so far: the warm-up is over. Errors stay.
    func mark() { tally.latency = Histogram() }

    /// Ends sending and gives what was counted.
    func end() -> LoadTally {
        isSending = false
        return tally
    }

    /// Gives up what is under way, says goodbye everywhere, and gives what went wrong since `end`.
    func finish() -> LoadTally {
        tally.lost += progress.underWay
        progress.underWay = 0
        isFinishing = true
        for member in members { if let socket = member.socket { client?.close(socket) } }
        return tally
    }

    // MARK: Sending

    /// Sends one message, if the connection can.
    func send(_ member: LoadMember, at time: Int64) {
        guard isSending, member.isReady, let socket = member.socket, let client else { return }
        member.stamp(at: time)
        progress.underWay += 1
        if !member.payload.withUnsafeBytes({ client.send(.text, $0, to: socket) }) {
            tally.fail("the write queue is full")
            client.abort(socket)
        }
    }

    /// A message arrived whose sender was `member`.
    func arrived(from member: LoadMember) {
        member.expected &+= 1
        guard let sent = member.times.pop() else { return tally.fail("arrived twice") }
        progress.underWay -= 1
        let now = clinux_monotonic_nanoseconds()
        tally.latency.add(now - sent)
        if rate == nil { send(member, at: now) }
    }

    /// A message of `member` will not arrive.
    func dropped(from member: LoadMember) {
        member.expected &+= 1
        guard member.times.pop() != nil else { return }
        progress.underWay -= 1
        tally.lost += 1
        if rate == nil { send(member, at: clinux_monotonic_nanoseconds()) }
    }

    /// Ends a connection that is of no use.
    func giveUp(_ member: LoadMember, _ why: String) {
        tally.fail(why)
        if let socket = member.socket { client?.abort(socket) }
    }

    /// The partner of a member of this loop.
    func partner(of member: LoadMember) -> LoadMember? {
        guard let first = members.first else { return nil }
        let index = (member.number ^ 1) - first.number
        return members.indices.contains(index) ? members[index] : nil
    }

    func becameReady(_ member: LoadMember) {
        guard !member.isReady else { return }
        member.isReady = true
        progress.ready += 1
        opening -= 1
        connect()
    }

    private func openNext() {
        let member = members[nextToOpen]
        nextToOpen += 1
        do {
            let (url, address) = try plan.door(member.number)
            guard let socket = try client?.open(url, at: address, deadline: .seconds(10)) else { return }
            member.socket = socket
            bySocket[Int(socket.index)] = member
            opening += 1
        } catch {
            progress.failed += 1
            tally.fail("\(error)")
        }
    }

    // MARK: What the client and the loop say

    func opened(_ socket: SocketID, subprotocol: String?, client: WebSocketClient) {
        // In pairs the node's welcome comes first: before it, messages to this user would be for nobody.
        if plan.kind == .echo, let member = bySocket[Int(socket.index)] { becameReady(member) }
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, _ opcode: DataOpcode, from socket: SocketID, client: WebSocketClient
    ) {
        guard let member = bySocket[Int(socket.index)] else { return }
        take(UnsafeRawBufferPointer(payload), at: member)
    }

    func ended(_ socket: SocketID, _ ending: ClientEnding, client: WebSocketClient) {
        guard let member = bySocket[Int(socket.index)] else { return }
        bySocket[Int(socket.index)] = nil
        member.socket = nil
        if member.isReady { progress.ready -= 1 } else { opening -= 1 }
        member.isReady = false
        progress.underWay -= member.times.count
        tally.lost += member.times.count
        while member.times.pop() != nil {}
        if !isFinishing { progress.failed += 1 }
        if ending != .left { tally.fail(Self.words(ending)) }
        connect()
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        bytes.count
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {}

    /// With a rate: sends all whose time has come, and asks for the next round.
    func roundEnded(on loop: EventLoop) {
        guard isSending, let rate, let ticker else { return }
        let due = Int(Double(clinux_monotonic_nanoseconds() - started) * rate / 1e9)
        while issued < due {
            send(members[issued % members.count], at: started + Int64(Double(issued) * 1e9 / rate))
            issued += 1
        }
        loop.atRoundEnd(ticker)
    }

    private static func words(_ ending: ClientEnding) -> String {
        switch ending {
        case .closed(let code, _): "closed with \(code)"
        case .left: "left"
        case .refused(let refused): "refused with HTTP \(refused.status)"
        case .failed(let text), .lost(let text): text
        }
    }
}
