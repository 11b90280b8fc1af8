import Foundation

/// The processes of one demo cluster: own Redis, one registry, gateways, nodes, on free ports. Of the main thread, since the
/// kernel ties a child's life to the thread that made it (see `ChildProcess.start`).
final class DemoCluster {
    static let startBound = Duration.seconds(20)
    private static let linesKept = 5

    let folder: DevFolder
    private let environment: [String: String]
    private let signals: SignalPipe
    private let screen: DevScreen?
    private var processes: [String: ChildProcess] = [:]
    /// Those whose end is no surprise.
    private var expectedToEnd: Set<String> = []
    private(set) var notices: [String: ReadyNotice] = [:]
    private var readyRedis = false
    private var lastLines: [String: [String]] = [:]

    /// - Parameter screen: shows the children's log lines; nil keeps the last ones for the case that a child dies.
    init(folder: DevFolder, environment: [String: String], signals: SignalPipe, screen: DevScreen?) {
        self.folder = folder
        self.environment = environment
        self.signals = signals
        self.screen = screen
    }

    /// The nodes that run, by name.
    var nodes: [String] {
        processes.values.filter { $0.child.role == .node && !expectedToEnd.contains($0.child.name) }.map(\.child.name)
            .sorted()
    }

    /// Starts processes and waits until they listen.
    func start(_ children: [Child]) throws(Failure) {
        for child in children {
            notices[child.name] = nil
            expectedToEnd.remove(child.name)
            processes[child.name] = try ChildProcess.start(child, environment: environment)
        }
        let end = ContinuousClock.now + Self.startBound
        while let late = children.first(where: { !isReady($0) }) {
            guard ContinuousClock.now < end else { throw Failure("\(late.name): not ready within \(Self.startBound)") }
            try round(until: end)
        }
    }

    private func isReady(_ child: Child) -> Bool { child.role == .redis ? readyRedis : notices[child.name] != nil }

    /// Lets time go by while log lines are read. A child that ends by itself ends the demo.
    func wait(_ duration: Duration) throws(Failure) {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end { try round(until: end) }
    }

    /// Sends a signal; `SIGKILL` and `SIGTERM` are waited for.
    func send(_ signal: Int32, to name: String) throws(Failure) {
        guard let process = processes[name] else { throw Failure("there is no \(name)") }
        let isFatal = signal == SIGKILL || signal == SIGTERM
        if isFatal { expectedToEnd.insert(name) }
        guard kill(process.pid, signal) == 0 else { throw Failure("\(name): \(String(cString: strerror(errno)))") }
        guard isFatal else { return }
        let end = ContinuousClock.now + DevLifecycle.stopBound(process.child.role)
        while processes[name] != nil {
            guard ContinuousClock.now < end else {
                throw Failure("\(name) is still there after \(SignalName.of(signal))")
            }
            try round(until: end)
        }
    }

    /// Stops everything, whatever state it is in.
    func stop() {
        let roles = Child.Role.allCases.sorted(by: >)
        for process in processes.values {
            expectedToEnd.insert(process.child.name)
            // What stands still would never see its end.
            kill(process.pid, SIGCONT)
        }
        for role in roles {
            let end = ContinuousClock.now + DevLifecycle.stopBound(role)
            for process in processes.values where process.child.role == role { kill(process.pid, SIGTERM) }
            drain(role, until: end)
            for process in processes.values where process.child.role == role { kill(process.pid, SIGKILL) }
            drain(role, until: end + .seconds(2))
        }
    }

    private func drain(_ role: Child.Role, until end: ContinuousClock.Instant) {
        while processes.values.contains(where: { $0.child.role == role }), ContinuousClock.now < end {
            poll(until: end)
            // Nothing that happens now stops the stopping.
            do { try reap() } catch {}
        }
    }

    // MARK: The children

    private func round(until end: ContinuousClock.Instant) throws(Failure) {
        poll(until: end)
        try reap()
        if let signal = signals.take().first(where: { $0 != SIGCHLD }) {
            throw Failure("\(SignalName.of(signal)): stopped before its end")
        }
    }

    /// Reads what children say; at most 100 ms, and not beyond `end`.
    private func poll(until end: ContinuousClock.Instant) {
        var watched = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
        let streams = processes.values.flatMap { process in process.streams.map { (process, $0.descriptor) } }
        watched += streams.map { pollfd(fd: $0.1, events: Int16(POLLIN), revents: 0) }
        let left = max(.zero, end - ContinuousClock.now)
        let milliseconds = min(
            100, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)
        _ = Foundation.poll(&watched, nfds_t(watched.count), Int32(milliseconds) + 1)
        for (offset, (process, descriptor)) in streams.enumerated() where watched[offset + 1].revents != 0 {
            for line in process.read(descriptor) { take(line, from: process.child) }
        }
    }

    private func take(_ line: String, from child: Child) {
        if child.role == .redis, RedisChoice.saysReady(line) {
            readyRedis = true
        } else if let notice = ReadyNotice(line: line) {
            notices[child.name] = notice
        } else {
            lastLines[child.name] = lastLines[child.name, default: []].suffix(Self.linesKept - 1) + [line]
            screen?.log(line, of: child)
        }
    }

    private func reap() throws(Failure) {
        var surprise: Failure?
        for process in Array(processes.values) {
            var status: Int32 = 0
            guard waitpid(process.pid, &status, WNOHANG) == process.pid else { continue }
            let name = process.child.name
            for stream in process.streams {
                for line in process.read(stream.descriptor) { take(line, from: process.child) }
            }
            processes[name] = nil
            if expectedToEnd.contains(name) { continue }
            let words = lastLines[name, default: []].map { "\n  \($0)" }.joined()
            surprise = Failure("\(name) \(ExitStatus(waitStatus: status))\(words)")
        }
        if let surprise { throw surprise }
    }
}
