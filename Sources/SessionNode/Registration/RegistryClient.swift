import ClusterModel
import HashRing
import Logging
import Operations
import Reactor

/// Keeps the node registered: says it is here, says so again, and says goodbye. Never on an event loop.
///
/// What to say next is `RegistrationMachine`'s decision; this carries it out. A registry that is away changes nothing for the
/// sessions; it is said once in the log when it goes and once when it is back.
final class RegistryClient: Sendable {
    /// What the node says of itself each time.
    struct Report: Sendable {
        let epoch: Epoch?
        let sessions: Int
    }

    /// Another process holds the node's name. Two of them must not serve its users, so this one ends.
    struct NameIsTaken: Error, CustomStringConvertible {
        let node: NodeID
        var description: String {
            "another live process is registered as \(node); give each node an --id of its own"
        }
    }

    private let registration: NodeRegistration
    private var record: NodeRecord { registration.record }
    private let tokens: ReloadableFile<[AccessToken]>?
    private let service: ServiceName
    private let registries: [HTTPURL]
    private let logger: Logger
    private let report: @Sendable () async -> Report
    private let heardEpoch: @Sendable (UInt64) -> Void
    private let state = Locked((isRegistered: false, isLeaving: false, registry: 0))
    private static let deadline = Duration.seconds(2)

    init(
        _ registration: NodeRegistration, service: ServiceName, registries: [HTTPURL],
        tokens: ReloadableFile<[AccessToken]>?, logger: Logger, heardEpoch: @escaping @Sendable (UInt64) -> Void,
        report: @escaping @Sendable () async -> Report
    ) {
        self.registration = registration
        self.tokens = tokens
        self.service = service
        self.registries = registries
        self.logger = logger
        self.heardEpoch = heardEpoch
        self.report = report
    }

    /// Whether a registry knows the node.
    var isRegistered: Bool { state.withLock { $0.isRegistered } }

    /// Registers and reports until the task is cancelled.
    ///
    /// - Throws: `NameIsTaken` when another process took the name over, or holds it longer than a crashed one could.
    func run() async throws {
        var machine = RegistrationMachine(registries: registries.count)
        var step = machine.next()
        var isFirst = true
        var trouble: RegistrationMachine.Answer?
        while !Task.isCancelled {
            let answer: RegistrationMachine.Answer
            var problem: String?
            switch step {
            case .wait(let pause):
                // The pause between heartbeats or attempts itself, nothing that could be announced.
                do { try await Task.sleep(for: pause) } catch { return }
                step = machine.next()
                continue
            case .giveUp: throw NameIsTaken(node: record.id)
            case .register(let index):
                (answer, problem) = await call(index, "POST", path: "", registration.json)
            case .heartbeat(let index):
                let held = await report()
                let body = Heartbeat(incarnation: record.incarnation, epoch: held.epoch, sessions: held.sessions).json
                (answer, problem) = await call(index, "PUT", path: "/\(record.id)/heartbeat", body)
            }
            // Said when it changes, not at each of the attempts that end alike.
            let now = problem == nil ? nil : answer
            if isFirst || now != trouble { say(problem) }
            (isFirst, trouble) = (false, now)
            step = machine.after(answer, jitter: Double.random(in: 0..<1))
            state.withLock { $0.isRegistered = machine.state == .registered }
        }
    }

    /// From now on the node does not register again.
    func beginLeaving() { state.withLock { $0.isLeaving = true } }

    /// Asks for the node's users to be given to others. False if no registry took the wish.
    func drain() async -> Bool {
        await sayToAny("POST", path: "/\(record.id)/drain")
    }

    /// Takes the node off the ring.
    func leave() async -> Bool {
        await sayToAny("DELETE", path: "/\(record.id)?incarnation=\(record.incarnation)")
    }

    private func sayToAny(_ method: String, path: String) async -> Bool {
        let first = state.withLock { $0.registry }
        for offset in registries.indices {
            guard let answer = try? await send((first + offset) % registries.count, method, path: path, []) else {
                continue
            }
            // A registry that does not know the node has nothing left to do for it.
            if (200..<300).contains(answer.status) || answer.status == 404 { return true }
        }
        return false
    }

    /// One call, what its answer means, and what a person should know of it.
    private func call(
        _ index: Int, _ method: String, path: String, _ body: [UInt8]
    ) async -> (RegistrationMachine.Answer, String?) {
        let answer: HTTPAnswer
        do {
            answer = try await send(index, method, path: path, body)
        } catch {
            return (.noAnswer, "\(error)")
        }
        let members = Members(answer.body)
        if let epoch = members.epoch { heardEpoch(epoch) }
        switch answer.status {
        case 201:
            state.withLock { $0.registry = index }
            return (.registered(heartbeat: .milliseconds(members.heartbeatMilliseconds ?? 1000)), nil)
        case 200..<300: return (.alive, nil)
        // Who is on the way out does not come back in, whatever the registry forgot.
        case 404 where method == "PUT":
            return state.withLock { $0.isLeaving } ? (.alive, nil) : (.unknownNode, "the registry does not know it")
        case 409: return (.conflict, "the registry says: \(answer.text.prefix(300))")
        case 400..<500: return (.badRequest, "the registry refuses this node: \(answer.text.prefix(300))")
        default: return (.noAnswer, "the registry answered \(answer.status): \(answer.text.prefix(300))")
        }
    }

    private func send(_ index: Int, _ method: String, path: String, _ body: [UInt8]) async throws -> HTTPAnswer {
        let url = try registries[index].with(path: "/v1/services/\(service)/nodes\(path)")
        // Read for each call: a token that was changed on SIGHUP counts from the next heartbeat on.
        let token = tokens?.current.first(for: service.text)
        return try await HTTPCall.send(
            method, url, body: body, headers: token.map { [$0.header] } ?? [], deadline: Self.deadline)
    }

    private func say(_ problem: String?) {
        if let problem {
            logger.warning("not reported to the registry", metadata: ["problem": "\(problem)"])
        } else {
            logger.notice("reported to the registry", metadata: ["node": "\(record.id)"])
        }
    }
}

/// The numbers in a registry's answer that the node uses; what cannot be read counts as not there.
private struct Members {
    private(set) var epoch: UInt64?
    private(set) var heartbeatMilliseconds: UInt64?

    init(_ body: [UInt8]) {
        body.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            guard (try? scanner.beginObject()) != nil else { return }
            while let name = try? scanner.nextMember(), let value = try? scanner.value() {
                if scanner.text(of: name, is: "epoch") { epoch = scanner.integer(value) }
                if scanner.text(of: name, is: "heartbeat_ms") { heartbeatMilliseconds = scanner.integer(value) }
            }
        }
    }
}
