import Glibc

/// From the first start to the last exit of a `ringway dev`, as a value: events in, actions out, time passed in.
///
/// ```
/// starting(stage) ──all ready──▶ next stage … ──▶ settling ──ring complete──▶ running
///       │ a child ends, or is late        │                                     │ Ctrl-C, or nothing is left
///       └─────────────────────────────────┴──────────────▶ stopping(role) ◀─────┘
///                     nodes, gateways, registry, redis: SIGTERM, wait, SIGKILL ──▶ ended
/// ```
struct DevLifecycle {
    /// What happened.
    enum Event {
        /// A child says that it listens.
        case ready(String)
        /// A child is gone.
        case exited(String, ExitStatus)
        /// An errand is done; `problem` says why it is not.
        case errandDone(Errand, problem: String?)
        /// A person or the system asks for the end.
        case stop(signal: Int32)
        /// Time went by.
        case tick
    }

    /// HTTP calls that are made aside, while log lines go on.
    enum Errand: Hashable {
        /// Give the services their settings, before any node comes.
        case configure
        /// Wait until every gateway has a ring with every node.
        case awaitRing
    }

    /// What to do.
    enum Action: Hashable {
        case start([Child])
        case run(Errand)
        case announce(isComplete: Bool)
        case send(signal: Int32, to: [String])
        case report(String)
        case warn(String)
        case end(code: Int32)
    }

    /// How long a stage may take to get ready.
    static let startBound = Duration.seconds(20)
    /// How long a role may take to stop before it is killed. Nodes drain meanwhile.
    static func stopBound(_ role: Child.Role) -> Duration { role == .node ? .seconds(6) : .seconds(3) }

    private enum State {
        case starting(role: Child.Role, waiting: Set<String>, deadline: Duration)
        case configuring
        case settling
        case running
        case stopping(Child.Role, deadline: Duration, killed: Bool, code: Int32)
        case ended
    }

    private let children: [Child]
    private var alive: Set<String> = []
    private var state = State.ended

    /// The lifecycle of these children; `start` begins it.
    init(_ children: [Child]) { self.children = children }

    /// Whether everything stands and nobody asked for the end.
    var isRunning: Bool { if case .running = state { true } else { false } }

    /// Whether the end has begun, so that an exit is no news.
    var isStopping: Bool {
        switch state {
        case .stopping, .ended: true
        case .starting, .configuring, .settling, .running: false
        }
    }

    /// The first actions.
    mutating func start(at now: Duration) -> [Action] { enter(.redis, at: now) }

    /// What an event leads to.
    mutating func apply(_ event: Event, at now: Duration) -> [Action] {
        switch event {
        case .ready(let name): ready(name, at: now)
        case .exited(let name, let status): exited(name, status, at: now)
        case .errandDone(let errand, let problem): errandDone(errand, problem, at: now)
        case .stop(let signal): stopAsked(signal, at: now)
        case .tick: tick(at: now)
        }
    }

    private mutating func enter(_ role: Child.Role, at now: Duration) -> [Action] {
        let stage = children.filter { $0.role == role }
        if stage.isEmpty { return next(after: role, at: now) }
        alive.formUnion(stage.map(\.name))
        state = .starting(role: role, waiting: Set(stage.map(\.name)), deadline: now + Self.startBound)
        return [.start(stage)]
    }

    private mutating func next(after role: Child.Role, at now: Duration) -> [Action] {
        switch role {
        case .redis: return enter(.registry, at: now)
        case .registry:
            state = .configuring
            return [.run(.configure)]
        case .gateway: return enter(.node, at: now)
        case .node:
            state = .settling
            return [.run(.awaitRing)]
        }
    }

    private mutating func ready(_ name: String, at now: Duration) -> [Action] {
        guard case .starting(let role, var waiting, let deadline) = state, waiting.remove(name) != nil else {
            return []
        }
        state = .starting(role: role, waiting: waiting, deadline: deadline)
        return waiting.isEmpty ? next(after: role, at: now) : []
    }

    private mutating func errandDone(_ errand: Errand, _ problem: String?, at now: Duration) -> [Action] {
        switch (state, errand) {
        case (.configuring, .configure):
            if let problem { return [.warn(problem)] + beginStop(code: 1, at: now) }
            return enter(.gateway, at: now)
        case (.settling, .awaitRing):
            state = .running
            return (problem.map { [.warn($0)] } ?? []) + [.announce(isComplete: problem == nil)]
        default: return []
        }
    }

    private mutating func exited(_ name: String, _ status: ExitStatus, at now: Duration) -> [Action] {
        guard alive.remove(name) != nil, let child = children.first(where: { $0.name == name }) else { return [] }
        switch state {
        case .stopping(let role, _, _, let code):
            return anyAlive(role) ? [] : stopNext(below: role, code: code, at: now)
        case .starting(_, let waiting, _) where waiting.contains(name):
            return [.warn("\(name) \(status) before it was ready")] + beginStop(code: 1, at: now)
        case .starting, .configuring, .settling, .running:
            let report = Action.warn("\(name) \(status)\(Self.consequence(of: child)); nothing is restarted")
            let left = alive.contains { name in children.contains { $0.name == name && $0.role != .redis } }
            return left ? [report] : [report, .warn("nothing is left to run")] + beginStop(code: 1, at: now)
        case .ended: return []
        }
    }

    private static func consequence(of child: Child) -> String {
        switch child.role {
        case .redis: " (connected users go on; changes of the ring wait for it)"
        case .registry: " (users go on; nodes that come or go are not noticed)"
        case .gateway: " (its clients come back through another gateway)"
        case .node: " (the ring closes over it within a lease)"
        }
    }

    private mutating func stopAsked(_ signal: Int32, at now: Duration) -> [Action] {
        switch state {
        case .stopping(let role, _, _, let code):
            // Asked twice: somebody is in a hurry.
            state = .stopping(role, deadline: now + Self.stopBound(role), killed: true, code: code)
            return [.send(signal: SIGKILL, to: alive.sorted())]
        case .ended: return []
        case .starting, .configuring, .settling, .running:
            let report = Action.report(
                "\(SignalName.of(signal)): stopping nodes, gateways, registry, redis; once more to kill them")
            return [report] + beginStop(code: 0, at: now)
        }
    }

    private mutating func beginStop(code: Int32, at now: Duration) -> [Action] { stopEnter(.node, code: code, at: now) }

    private mutating func stopEnter(_ role: Child.Role, code: Int32, at now: Duration) -> [Action] {
        guard anyAlive(role) else { return stopNext(below: role, code: code, at: now) }
        state = .stopping(role, deadline: now + Self.stopBound(role), killed: false, code: code)
        return [.send(signal: SIGTERM, to: names(role))]
    }

    private mutating func stopNext(below role: Child.Role, code: Int32, at now: Duration) -> [Action] {
        guard let next = Child.Role(rawValue: role.rawValue - 1) else {
            state = .ended
            return [.end(code: code)]
        }
        return stopEnter(next, code: code, at: now)
    }

    private mutating func tick(at now: Duration) -> [Action] {
        switch state {
        case .starting(_, let waiting, let deadline) where now >= deadline:
            let late = waiting.sorted().joined(separator: ", ")
            return [.warn("\(late): not ready within \(Self.startBound)")] + beginStop(code: 1, at: now)
        case .stopping(let role, let deadline, false, let code) where now >= deadline:
            state = .stopping(role, deadline: deadline, killed: true, code: code)
            return [
                .warn("\(names(role).joined(separator: ", ")): still there after \(Self.stopBound(role)), killing"),
                .send(signal: SIGKILL, to: names(role)),
            ]
        default: return []
        }
    }

    private func names(_ role: Child.Role) -> [String] {
        children.filter { $0.role == role && alive.contains($0.name) }.map(\.name)
    }

    private func anyAlive(_ role: Child.Role) -> Bool { !names(role).isEmpty }
}
