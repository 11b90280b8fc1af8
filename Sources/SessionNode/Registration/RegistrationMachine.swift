/// Decides what the node says to a registry next. Time and network are the caller's.
///
/// ```
/// unregistered ──register 201──▶ registered ──heartbeat 200──▶ registered
///      ▲  │ 409: the name is held; for a while (a crash's lease must run out), then refused
///      │  └───────────────────────────────▶ refused ◀──heartbeat 409: another incarnation took over
///      └── heartbeat 404, settled by registering again
/// ```
/// A registry that does not answer changes nothing but whom to ask: the next of the list is tried, more slowly each time
/// round. The node serves all the while; only `refused` ends it.
struct RegistrationMachine: Equatable {
    enum State: Equatable {
        case unregistered
        case registered
        case refused
    }

    /// What to do now.
    enum Step: Equatable {
        case register(registry: Int)
        case heartbeat(registry: Int)
        /// Wait, then ask `next()`.
        case wait(Duration)
        /// Stop serving; another process holds the name.
        case giveUp
    }

    /// What came of the last step.
    enum Answer: Equatable {
        /// 201, with the interval the registry asks for.
        case registered(heartbeat: Duration)
        /// 200.
        case alive
        /// 404: it does not know the node.
        case unknownNode
        /// 409: another incarnation holds the name.
        case conflict
        /// No answer in time, or one that means "not now" (5xx, a standby without a leader).
        case noAnswer
        /// 4xx that will not change by itself.
        case badRequest
    }

    /// For how long a held name is asked for again: longer than the lease of a crashed predecessor.
    static let patienceWithHeldName = Duration.seconds(10)
    static let firstPause = Duration.milliseconds(200)
    static let longestPause = Duration.seconds(5)

    private(set) var state = State.unregistered
    private let registries: Int
    private var current = 0
    private var heartbeat = Duration.seconds(1)
    private var failures = 0
    private var waitedForName = Duration.zero

    init(registries: Int) {
        self.registries = max(registries, 1)
    }

    /// What to do after the start and after each wait.
    func next() -> Step {
        switch state {
        case .unregistered: .register(registry: current)
        case .registered: .heartbeat(registry: current)
        case .refused: .giveUp
        }
    }

    /// What to do after an answer. `jitter` in 0..<1 spreads the nodes of a cluster apart.
    mutating func after(_ answer: Answer, jitter: Double) -> Step {
        switch (state, answer) {
        case (.refused, _):
            return .giveUp
        case (.unregistered, .registered(let interval)):
            state = .registered
            heartbeat = max(interval, .milliseconds(20))
            succeeded()
            // The first heartbeat comes early by chance, so that nodes started together do not report together.
            return .wait(heartbeat * (0.5 + jitter / 2))
        case (.registered, .alive), (.registered, .registered):
            succeeded()
            return .wait(heartbeat)
        case (.registered, .unknownNode):
            state = .unregistered
            return .register(registry: current)
        case (.registered, .conflict):
            state = .refused
            return .giveUp
        case (.unregistered, .conflict):
            guard waitedForName < Self.patienceWithHeldName else {
                state = .refused
                return .giveUp
            }
            let pause = Duration.milliseconds(500)
            waitedForName += pause
            return .wait(pause)
        case (.unregistered, .badRequest):
            // Somebody may create the service or change the rules; ask at a pace that is no burden.
            return .wait(Self.longestPause)
        case (_, .noAnswer), (_, .unknownNode), (_, .alive), (_, .badRequest):
            current = (current + 1) % registries
            failures += 1
            return .wait(pause(jitter))
        }
    }

    private mutating func succeeded() {
        failures = 0
        waitedForName = .zero
    }

    /// While there are registries that were not asked in this round: at once, nearly. Then doubling, with jitter.
    private func pause(_ jitter: Double) -> Duration {
        let rounds = failures / registries
        guard rounds > 0 else { return .milliseconds(10) }
        let longest = state == .registered ? min(heartbeat, Self.longestPause) : Self.longestPause
        let pause = min(longest, Self.firstPause * Double(1 << min(rounds - 1, 10)))
        return pause * (0.5 + jitter / 2)
    }
}
