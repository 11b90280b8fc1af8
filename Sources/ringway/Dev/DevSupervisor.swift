import Foundation

/// Carries out what `DevLifecycle` decides: one poll(2) loop on the main thread over children, signals and errands.
final class DevSupervisor {
    private let plan: DevPlan
    private let environment: [String: String]
    private let signals: SignalPipe
    private let errands: Errands
    private let screen: DevScreen
    private let asJSON: Bool
    private let started = ContinuousClock.now
    private var lifecycle: DevLifecycle
    private var processes: [String: ChildProcess] = [:]
    private var notices: [String: ReadyNotice] = [:]
    /// The last lines of a child whose log is not shown, for the case that it dies.
    private var lastRedisLines: [String] = []
    private var exitCode: Int32?

    init(
        _ plan: DevPlan, children: [Child], environment: [String: String], signals: SignalPipe, errands: Errands,
        screen: DevScreen, asJSON: Bool
    ) {
        self.plan = plan
        self.environment = environment
        self.signals = signals
        self.errands = errands
        self.screen = screen
        self.asJSON = asJSON
        lifecycle = DevLifecycle(children)
    }

    /// Runs the cluster to its end and returns the exit code.
    func run() -> Int32 {
        act(lifecycle.start(at: now))
        while exitCode == nil { round() }
        return exitCode ?? 1
    }

    private var now: Duration { ContinuousClock.now - started }

    private func round() {
        var watched = [signals.descriptor, errands.descriptor].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        let children = processes.values.flatMap { process in process.streams.map { (process, $0.descriptor) } }
        watched += children.map { pollfd(fd: $0.1, events: Int16(POLLIN), revents: 0) }
        _ = poll(&watched, nfds_t(watched.count), 200)
        for (offset, (process, descriptor)) in children.enumerated() where watched[offset + 2].revents != 0 {
            for line in process.read(descriptor) { take(line, from: process.child) }
        }
        for event in errands.take() { apply(event) }
        for signal in signals.take() where signal != SIGCHLD { apply(.stop(signal: signal)) }
        reap()
        apply(.tick)
    }

    private func apply(_ event: DevLifecycle.Event) { act(lifecycle.apply(event, at: now)) }

    private func take(_ line: String, from child: Child) {
        if child.role == .redis {
            lastRedisLines = lastRedisLines.suffix(4) + [line]
            if RedisChoice.saysReady(line) { apply(.ready(child.name)) }
        } else if let notice = ReadyNotice(line: line) {
            notices[child.name] = notice
            apply(.ready(child.name))
        } else {
            screen.log(line, of: child)
        }
    }

    /// Children that ended. Their last words come before the news.
    private func reap() {
        var status: Int32 = 0
        while true {
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { return }
            guard let process = processes.values.first(where: { $0.pid == pid }) else { continue }
            for stream in process.streams {
                for line in process.read(stream.descriptor) { take(line, from: process.child) }
            }
            processes[process.child.name] = nil
            if process.child.role == .redis, !lifecycle.isStopping {
                for line in lastRedisLines { screen.log(line, of: process.child) }
            }
            apply(.exited(process.child.name, ExitStatus(waitStatus: status)))
        }
    }

    private func act(_ actions: [DevLifecycle.Action]) {
        for action in actions {
            switch action {
            case .start(let children): for child in children { start(child) }
            case .run(let errand): run(errand)
            case .announce(let isComplete): announce(isComplete: isComplete)
            case .send(let signal, let names):
                // A negative number would mean the group; the child alone knows how to end what it started.
                for name in names { if let process = processes[name] { kill(process.pid, signal) } }
            case .report(let text): screen.say(text)
            case .warn(let text): screen.warn(text)
            case .end(let code): exitCode = code
            }
        }
    }

    private func start(_ child: Child) {
        var child = child
        // Nodes and gateways are told where the registry really is.
        if child.role == .node || child.role == .gateway, let http = notices["registry"]?.http {
            child = Child(
                name: child.name, role: child.role, program: child.program,
                arguments: child.arguments + ["--registry", "http://\(http)"], service: child.service)
        }
        do {
            processes[child.name] = try ChildProcess.start(child, environment: environment)
        } catch {
            screen.warn("\(error)")
            apply(.exited(child.name, .code(127)))
        }
    }

    private func run(_ errand: DevLifecycle.Errand) {
        guard let http = notices["registry"]?.http, let registry = try? ServerAddress(http, from: "registry") else {
            return apply(.errandDone(errand, problem: "the registry's ready line names no HTTP address"))
        }
        let plan = plan
        let nodes = Dictionary(grouping: processes.values.map(\.child).filter { $0.role == .node }, by: \.service)
            .mapValues { Set($0.map(\.name)) }
        let gateways = gatewayNotices.compactMap { try? ServerAddress($0.data ?? "", from: "gateway") }
        errands.run(errand) {
            switch errand {
            case .configure:
                try await DevErrands.configure(
                    plan.services, plan.settings, registry: registry, tokenFile: plan.folder.tokenFile)
            case .awaitRing:
                try await DevErrands.awaitRing(nodes, registry: registry, gateways: gateways)
            }
        }
    }

    private var gatewayNotices: [ReadyNotice] {
        processes.keys.sorted().compactMap { notices[$0] }.filter { $0.role == "gateway" }
    }

    private func announce(isComplete: Bool) {
        let cluster = DevCluster(
            plan: plan, processes: processes.values.map { ($0.child, $0.pid) }, notices: notices)
        do { try plan.folder.write(cluster) } catch { screen.warn("\(error)") }
        if asJSON {
            Output.say(cluster.json)
        } else {
            let lines = DevAnnouncement(
                cluster, isComplete: isComplete, redis: plan.redis, notes: plan.folder.notes,
                ink: Ink(for: STDOUT_FILENO))
            Output.say(lines.text)
        }
    }
}
