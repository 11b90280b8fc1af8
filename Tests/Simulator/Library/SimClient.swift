import ClusterModel
import HashRing
import Rehoming
import SessionLink

/// A session's number in the history.
enum SimSession {
    static func number(_ session: SessionID) -> Int { Int(session.second) }
}

/// What a client opens a connection with.
struct ClientHello {
    var session: SessionID
    var user: Int
    var kind: ClientKind
    /// Set to resume.
    var token: ResumeToken?
    var position: Position
}

/// One device of a user: a plain client, or one that acknowledges, drops duplicates and resumes.
///
/// It is written from the protocol alone and shares no code with the machines.
final class SimClient: SimProcess, Endpoint {
    struct Unresolved {
        var request: SimFrame.Request
        var wasWritten: Bool
    }

    let number: Int
    let user: Int
    let kind: ClientKind
    /// It never acknowledges.
    let isSlow: Bool
    private(set) var session: SessionID?
    private(set) var connection: Connection?
    private(set) var gateway: SimGateway?
    private(set) var hasLeft = false
    private var generation: UInt32 = 0
    private var home: Home?
    private var position = Position.start
    private var marks: [SessionID: UInt64] = [:]
    private var nextN: UInt64 = 1
    private var unresolved: [Unresolved] = []
    /// Accepted, and nothing more known, by number.
    private var accepted: [UInt64: Int] = [:]
    private var isAcknowledging = false
    private var tries = 0

    init(world: Simulation, number: Int, user: Int, kind: ClientKind, isSlow: Bool) {
        self.number = number
        self.user = user
        self.kind = kind
        self.isSlow = isSlow
        super.init(world: world, name: "client-\(number)")
    }

    var process: SimProcess { self }

    /// Whether its socket is with a gateway that lives.
    var isOnline: Bool { connection.map { $0.isOpen(.opener) && !$0.isCut } ?? false }

    // MARK: - Coming and going

    func connect() {
        guard !hasLeft, connection == nil else { return }
        guard let gateway = world.pickGateway() else { return again() }
        var hello = ClientHello(
            session: session ?? world.newSession(), user: user, kind: kind, token: nil, position: position)
        if session != nil, let home {
            hello.token = ResumeToken(
                session: hello.session, generation: generation, home: home, service: world.service)
            generation += 1
        } else {
            session = hello.session
            world.note(
                .began(
                    session: SimSession.number(hello.session), user: user, isResumable: kind == .resumable,
                    isSlow: isSlow))
        }
        world.trace("\(name) u\(user) opens s\(hello.session.second) at \(gateway.name) gen \(generation)")
        self.gateway = gateway
        let opened = world.connect(self, at: gateway, hello)
        connection = opened
        for index in unresolved.indices { write(index) }
    }

    private func again() {
        tries += 1
        after(world.random.span(10_000...min(800_000, 40_000 << Int64(min(tries, 5))))) { [unowned self] in
            connect()
        }
    }

    /// Leaves for good.
    func leave() {
        guard !hasLeft else { return }
        hasLeft = true
        connection?.send(.goodbye(1000), from: .opener)
        connection?.close(by: .opener, isAbrupt: false)
        connection = nil
        if session != nil { note { .offline(session: $0) } }
        endSession()
    }

    /// The socket is gone; the gateway notices after that time.
    func drop(noticedAfter notice: Int64) {
        guard let connection, isOnline else { return }
        connection.forsake(by: .opener, noticedAfter: notice)
        gone()
    }

    func lost(_ connection: Connection) {
        if connection === self.connection { gone() }
    }

    private func gone() {
        connection = nil
        note { .offline(session: $0) }
        if kind == .plain || home == nil { endSession() }
        again()
    }

    private func closed(_ code: UInt16) {
        world.trace("\(name) is closed with \(code)")
        note { .closed(session: $0, code: code) }
        connection?.close(by: .opener, isAbrupt: false)
        if !CloseCode(rawValue: code).mayReturn || code == CloseCode.slowConsumer.rawValue {
            connection = nil
            note { .offline(session: $0) }
            endSession()
            return again()
        }
        gone()
    }

    private func endSession() {
        for left in unresolved where left.wasWritten { tell(left.request.message, .unknown, byItself: true) }
        for n in accepted.keys.sorted() {
            if let message = accepted[n] { tell(message, .unknown, byItself: true) }
        }
        note { .ended(session: $0) }
        session = nil
        home = nil
        generation = 0
        position = .start
        marks = [:]
        nextN = 1
        unresolved = []
        accepted = [:]
    }

    // MARK: - Sending

    func compose(message: Int, to recipient: Int?) {
        guard session != nil, unresolved.count < 64 else { return }
        if kind == .plain, connection == nil { return }
        unresolved.append(
            Unresolved(
                request: SimFrame.Request(n: nextN, isAgain: false, message: message, to: recipient),
                wasWritten: false))
        nextN += 1
        write(unresolved.count - 1)
    }

    private func write(_ index: Int) {
        guard let connection else { return }
        let left = unresolved[index]
        if !left.wasWritten {
            let message = left.request.message
            note { .sent(message: message, session: $0, to: left.request.to) }
        }
        unresolved[index].request.isAgain = left.wasWritten
        unresolved[index].wasWritten = true
        world.trace("\(name) u\(user) writes m\(left.request.message) n\(left.request.n) to \(left.request.to ?? -1)")
        connection.send(.send(unresolved[index].request.bytes), from: .opener)
        // Nobody answers a note.
        if left.request.to == nil, index == unresolved.count - 1 { unresolved.removeLast() }
    }

    private func told(_ n: UInt64, _ outcome: SendOutcome) {
        if outcome.isLast, let message = accepted.removeValue(forKey: n) {
            return tell(message, outcome, byItself: false)
        }
        guard let index = unresolved.firstIndex(where: { $0.request.n == n }) else { return }
        let left = unresolved.remove(at: index)
        if outcome == .accepted {
            accepted[n] = left.request.message
            let stay = session
            after(world.patience) { [unowned self] in
                guard session == stay, let message = accepted.removeValue(forKey: n) else { return }
                tell(message, .unknown, byItself: true)
            }
        }
        // It may have arrived by an earlier way.
        let isDoubtful = left.request.isAgain && outcome.isFailure
        tell(left.request.message, isDoubtful ? .unknown : outcome, byItself: isDoubtful)
    }

    private func tell(_ message: Int, _ outcome: SendOutcome, byItself: Bool) {
        guard let told = Told(rawValue: outcome.rawValue) else { return }
        world.note(.told(message: message, told, byItself: byItself))
    }

    // MARK: - Receiving

    func received(_ wire: Wire, on connection: Connection) {
        guard connection === self.connection else { return }
        switch wire {
        case .frame(let bytes): read(bytes)
        case .home(let home, let position, _):
            self.home = home
            tries = 0
            note { .established(session: $0) }
            see(position)
        case .goodbye(let code): closed(code)
        default: break
        }
    }

    private func read(_ bytes: [UInt8]) {
        switch SimFrame.read(bytes) {
        case .message(let position, let key, let message):
            let mark = marks[key.sender] ?? 0
            let isNew = kind == .plain || key.n > mark || !RehomingRule.dropDuplicates.holds
            if isNew { marks[key.sender] = max(mark, key.n) }
            note {
                .got(message: message, session: $0, epoch: position.epoch, k: position.k, isNew: isNew)
            }
            see(position)
        case .result(let n, let outcome): told(n, outcome)
        case .began: note { .established(session: $0) }
        case nil: break
        }
    }

    private func see(_ position: Position) {
        self.position = max(self.position, position)
        guard kind == .resumable, !isSlow, !isAcknowledging else { return }
        isAcknowledging = true
        after(world.random.span(world.plan.acknowledge)) { [unowned self] in
            isAcknowledging = false
            connection?.send(.acknowledge(self.position), from: .opener)
        }
    }

    private func note(_ what: (Int) -> Happening) {
        if let session { world.note(what(SimSession.number(session))) }
    }
}
