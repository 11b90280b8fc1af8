import CLinux
import Glibc
import Reactor
import RingwayClient
import WebSocketWire

/// All users of a demo on one event loop: connects them, lets each send at its rate, and notes what they see.
final class DemoCrowd: WebSocketClientDelegate, SocketHandler {
    /// Handshakes at once when everybody comes; those who come back do so on their own.
    private static let handshakes = 64
    private static let tickNanoseconds: Int64 = 5_000_000
    /// A tick that comes so much later than asked for is noted.
    private static let lateNanoseconds: Int64 = 50_000_000
    /// Speakers are told of the time on every so many ticks.
    private static let ticksPerSpeaker = 20

    private let setup: DemoSetup
    private let history: HistoryFile
    private let loop: EventLoop
    /// In the order of their offsets within an interval.
    let members: [DemoMember]
    private var bySocket: [DemoMember?]
    private let doors: [SocketAddress]
    private var random: DemoRandom
    // The loop keeps the client, and the client keeps its delegate, this crowd.
    private unowned var client: WebSocketClient?
    private var ticker: HandlerID?
    /// Members that were not opened yet begin here.
    private var nextToOpen = 0
    /// Members of the first coming that are between their first attempt and its end.
    private var opening: Set<Int> = []
    private var isFinishing = false
    /// Where the next message comes from: a lap is one interval.
    private var cursor = 0
    private var lap: Int64 = 0
    private var begun: Int64?
    private var ticks = 0
    private var lastTick: Int64?
    private(set) var status = DemoStatus()

    /// - Parameter doors: the gateways, at least one; users are shared out evenly.
    init(_ setup: DemoSetup, doors: [SocketAddress], history: HistoryFile, on loop: EventLoop) {
        self.setup = setup
        self.doors = doors
        self.history = history
        self.loop = loop
        random = DemoRandom(seed: setup.seed &+ 1)
        let circle = DemoCircle(users: setup.users, interval: setup.intervalNanoseconds, seed: setup.seed)
        members = circle.places.enumerated().map { index, place in
            DemoMember(place, index, speaker: setup.delivery.speaker(), door: place.user % doors.count)
        }
        bySocket = Array(repeating: nil, count: loop.socketLimit)
        let client = WebSocketClient(on: loop, delegate: self)
        self.client = client
        ticker = loop.register(self)
    }

    // MARK: What the run says

    /// Begins to connect everybody.
    func connect() {
        history.record(
            .begins(
                plan: setup.plan.setting, delivery: setup.delivery.rawValue, users: setup.users, seed: setup.seed))
        connectMore()
        if let ticker { loop.schedule(after: .nanoseconds(Self.tickNanoseconds), handler: ticker, key: 0) }
    }

    /// Everybody sends from now on.
    func begin() { begun = clinux_monotonic_nanoseconds() }

    /// Nobody sends any more.
    func endSending() { begun = nil }

    /// Notes something that the run did.
    func record(_ kind: HistoryEvent.Kind) { history.record(kind) }

    /// Where everybody is, by number.
    var nodes: [Int: String] {
        Dictionary(members.compactMap { member in member.node.map { (member.number, $0) } }) { first, _ in first }
    }

    /// Everybody leaves; what is noted goes to the file.
    func finish() -> String? {
        isFinishing = true
        for member in members { if let socket = member.socket { client?.close(socket) } }
        history.flush()
        return history.problem
    }

    // MARK: Sending

    private func sendDue() {
        guard let begun else { return }
        let now = clinux_monotonic_nanoseconds()
        while true {
            let member = members[cursor]
            guard begun + lap * setup.intervalNanoseconds + member.offset <= now else { return }
            send(member)
            cursor += 1
            if cursor == members.count {
                cursor = 0
                lap += 1
            }
        }
    }

    /// A program that stands still itself sees stalls that nobody else had: the history says when it did.
    private func noteLateness() {
        let now = clinux_monotonic_nanoseconds()
        let late = now - (lastTick ?? now) - Self.tickNanoseconds
        lastTick = now
        if late >= Self.lateNanoseconds { history.record(.late(milliseconds: Int(late / 1_000_000))) }
    }

    private func send(_ member: DemoMember) {
        let number = member.nextNumber
        member.nextNumber += 1
        status.unresolved += 1
        let time = history.now
        history.record(.sent(by: member.number, number: number, to: member.partner), at: time)
        var actions: [DemoAction] = []
        let data = DemoData(sender: member.number, number: number, written: time).text
        member.speaker.send(number, to: member.partnerName, data: data, at: now, &actions)
        act(actions, for: member)
    }

    private var now: Duration { .nanoseconds(clinux_monotonic_nanoseconds()) }

    // MARK: What a speaker asks for

    private func act(_ actions: [DemoAction], for member: DemoMember) {
        for action in actions {
            switch action {
            case .write(let bytes):
                guard let socket = member.socket, let client else { continue }
                if bytes.withUnsafeBytes({ client.send(.text, $0, to: socket) }) { continue }
                // A full queue, or an end that is about to be told: the connection is of no use any more.
                member.isGivenUp = true
                client.abort(socket)
            case .welcomed(let node):
                guard member.node == nil else { continue }
                member.node = node
                status.connected += 1
                settled(member)
                history.record(.opened(user: member.number, node: node))
            case .rehomed(let node): member.node = node
            case .told(let number, let outcome):
                history.record(.told(user: member.number, number: number, outcome))
                // More follows on `accepted`.
                if outcome != .accepted { status.unresolved -= 1 }
            case .got(let text):
                guard let data = DemoData(text) else {
                    status.strange += 1
                    continue
                }
                history.record(
                    .got(user: member.number, from: data.sender, number: data.number, written: data.written))
            case .comeBack(let delay):
                guard let ticker else { continue }
                loop.schedule(after: delay, handler: ticker, key: UInt64(member.place) + 1)
            case .leave:
                guard let socket = member.socket else { continue }
                bySocket[Int(socket.index)] = nil
                client?.abort(socket)
                left(member, .lost("left"))
            case .gone(let why):
                status.gone += 1
                status.goneWhy = status.goneWhy ?? why
            }
        }
    }

    // MARK: Connections

    /// Those who were not here yet, a few at a time.
    private func connectMore() {
        while opening.count < Self.handshakes, nextToOpen < members.count {
            let member = members[nextToOpen]
            opening.insert(nextToOpen)
            nextToOpen += 1
            var actions: [DemoAction] = []
            member.speaker.begin(at: now, &actions)
            act(actions, for: member)
        }
    }

    /// A member of the first coming got its answer.
    private func settled(_ member: DemoMember) {
        if opening.remove(member.place) != nil { connectMore() }
    }

    private func open(_ member: DemoMember) {
        guard !isFinishing, let client else { return }
        let address = doors[member.door % doors.count]
        let target = "/\(setup.service)?user=\(member.name)\(member.speaker.query)"
        do {
            let url = WebSocketURL(host: "127.0.0.1", port: address.port, target: target)
            let socket = try client.open(url, at: address, subprotocols: setup.subprotocols)
            member.socket = socket
            bySocket[Int(socket.index)] = member
        } catch {
            ended(member, .failed("\(error)"), lasted: nil)
        }
    }

    private func ended(_ member: DemoMember, _ ending: ClientEnding, lasted: Duration?) {
        left(member, ending)
        guard !isFinishing else { return }
        if lasted == nil { status.failedAttempts[Self.words(ending).why, default: 0] += 1 }
        // Where nobody answers, the other gateway may; what a gateway says, the other would say too.
        switch ending {
        case .failed, .lost: member.door = (member.door + 1) % doors.count
        case .closed, .left, .refused: break
        }
        var actions: [DemoAction] = []
        member.speaker.ended(ending, lasted: lasted, at: now, random: random.part(), &actions)
        act(actions, for: member)
    }

    /// A member's connection is no more.
    private func left(_ member: DemoMember, _ ending: ClientEnding) {
        member.socket = nil
        member.openedAt = nil
        member.isGivenUp = false
        if member.node != nil {
            member.node = nil
            status.connected -= 1
            let (code, why) = Self.words(ending)
            if !isFinishing { history.record(.closed(user: member.number, code: code, why: why)) }
        }
        settled(member)
    }

    private static func words(_ ending: ClientEnding) -> (code: Int, why: String) {
        switch ending {
        case .closed(let code, let reason): (Int(code.rawValue), reason)
        case .left: (1000, "left")
        case .refused(let refused): (refused.status, refused.message)
        case .failed(let why), .lost(let why): (1006, why)
        }
    }

    // MARK: What the client and the loop say

    func opened(_ socket: SocketID, subprotocol: String?, client: WebSocketClient) {
        guard let member = bySocket[Int(socket.index)] else { return }
        member.openedAt = clinux_monotonic_nanoseconds()
        var actions: [DemoAction] = []
        member.speaker.opened(subprotocol, at: now, &actions)
        act(actions, for: member)
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, _ opcode: DataOpcode, from socket: SocketID, client: WebSocketClient
    ) {
        guard let member = bySocket[Int(socket.index)] else { return }
        var actions: [DemoAction] = []
        member.speaker.heard(UnsafeRawBufferPointer(payload), at: now, &actions)
        act(actions, for: member)
    }

    func ended(_ socket: SocketID, _ ending: ClientEnding, client: WebSocketClient) {
        guard let member = bySocket[Int(socket.index)] else { return }
        bySocket[Int(socket.index)] = nil
        let lasted = member.openedAt.map { Duration.nanoseconds(clinux_monotonic_nanoseconds() - $0) }
        ended(member, member.isGivenUp ? .lost("nothing can be written") : ending, lasted: lasted)
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        bytes.count
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {}

    func timer(_ key: UInt64, on loop: EventLoop) {
        if key > 0 {
            let member = members[Int(key - 1)]
            return member.socket == nil ? open(member) : ()
        }
        guard !isFinishing, let ticker else { return }
        loop.schedule(after: .nanoseconds(Self.tickNanoseconds), handler: ticker, key: 0)
        noteLateness()
        sendDue()
        ticks += 1
        guard ticks % Self.ticksPerSpeaker == 0 else { return }
        var actions: [DemoAction] = []
        for member in members {
            member.speaker.tick(at: now, random: random.part(), &actions)
            if !actions.isEmpty { act(actions, for: member) }
            actions.removeAll(keepingCapacity: true)
        }
    }
}
