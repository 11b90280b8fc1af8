import Reactor

extension RedisConnection {
    /// Decides everything about a command connection; owns no socket, no clock and no closure.
    ///
    /// ```
    /// stopped ─start─▶ opening ─opened─▶ greeting ─all answered─▶ ready
    ///                  ▲    │              │ refused, late, lost    │ silent, lost
    ///                  │    ▼              ▼                        ▼
    ///                  └─ waiting (backoff, full jitter) ◀──────────┘
    /// ```
    /// Replies come in the order of the commands, so one late answer cannot be skipped: a command's deadline ends only that
    /// command, but when the oldest one stays unanswered beyond `RedisLimits.silence` the whole connection is given up.
    struct StateMachine {
        enum Phase: Equatable {
            case stopped
            case waiting(until: MonotonicTime)
            case opening(deadline: MonotonicTime)
            case greeting(step: Int, deadline: MonotonicTime)
            case ready(since: MonotonicTime)
        }

        enum Action: Equatable {
            /// Resolve and connect; answer with `opened` or `lost`.
            case open
            /// Forget the socket (or the attempt) now; nothing is heard of it any more.
            case drop
            case write([UInt8])
            case succeed(UInt64, RESPValue)
            case fail(UInt64, RedisError)
            case tell(RedisState)
        }

        private struct Sent {
            /// nil: our own PING, or a command that has already failed with `timedOut` and whose answer is thrown away.
            var id: UInt64?
            let deadline: MonotonicTime
            /// Unanswered beyond this, the connection is dead.
            let dead: MonotonicTime
        }

        private struct Queued {
            let id: UInt64
            let bytes: [UInt8]
            let deadline: MonotonicTime
        }

        private(set) var phase = Phase.stopped
        private(set) var state = RedisState.starting
        private let greeting: RedisGreeting
        private let limits: RedisLimits
        private var backoff: Backoff
        private var sent: [Sent] = []
        private var queued: [Queued] = []
        private var lastReason = "no attempt was made yet"
        private var nextPing = MonotonicTime(nanoseconds: .max)
        /// No command's deadline is before this. A bound and not the minimum, so that sending stays O(1).
        private var earliestDeadline = MonotonicTime(nanoseconds: .max)

        init(greeting: RedisGreeting, limits: RedisLimits, seed: UInt64) {
            self.greeting = greeting
            self.limits = limits
            backoff = Backoff(base: limits.backoffBase, cap: limits.backoffCap, seed: seed)
        }

        /// Commands that have neither an answer nor failed.
        var inFlight: Int { sent.count + queued.count }

        mutating func start(now: MonotonicTime) -> [Action] {
            guard phase == .stopped else { return [] }
            return open(now)
        }

        mutating func stop() -> [Action] {
            guard phase != .stopped else { return [] }
            phase = .stopped
            let ids = sent.compactMap(\.id) + queued.map(\.id)
            sent = []
            queued = []
            return [.drop] + ids.map { .fail($0, .stopped) }
        }

        mutating func send(_ id: UInt64, _ bytes: [UInt8], deadline: Duration, now: MonotonicTime) -> [Action] {
            guard phase != .stopped else { return [.fail(id, .stopped)] }
            guard inFlight < limits.maxCommandsInFlight, bytes.count <= limits.maxQueuedBytes else {
                return [.fail(id, .overloaded)]
            }
            let end = now + deadline
            earliestDeadline = min(earliestDeadline, end)
            if case .ready = phase { return [transmit(id, bytes, deadline: end, now: now)] }
            queued.append(Queued(id: id, bytes: bytes, deadline: end))
            return []
        }

        mutating func opened(now: MonotonicTime) -> [Action] {
            guard case .opening = phase else { return [] }
            phase = .greeting(step: 0, deadline: now + limits.openDeadline)
            return [.write(greeting.bytes)]
        }

        /// The socket or the attempt is gone, for the reason given.
        mutating func lost(_ reason: String, now: MonotonicTime) -> [Action] {
            switch phase {
            case .stopped, .waiting: []
            case .opening, .greeting, .ready: giveUp(.unreachable(reason), now: now)
            }
        }

        mutating func received(_ reply: RESPValue, now: MonotonicTime) -> [Action] {
            switch phase {
            case .stopped, .waiting, .opening: return []
            case .greeting(let step, let deadline):
                if let text = RedisGreeting.refusal(of: greeting.steps[step], reply) {
                    return giveUp(.refused(text), now: now)
                }
                guard step + 1 == greeting.steps.count else {
                    phase = .greeting(step: step + 1, deadline: deadline)
                    return []
                }
                return becomeReady(now)
            case .ready:
                guard !sent.isEmpty else { return giveUp(.unreachable("an answer that nobody asked for"), now: now) }
                nextPing = now + limits.pingEvery
                guard let id = sent.removeFirst().id else { return [] }
                if case .error(let text) = reply { return [.fail(id, .server(text))] }
                return [.succeed(id, reply)]
            }
        }

        /// Time has passed: to be called at `nextDeadline` or later.
        mutating func tick(now: MonotonicTime) -> [Action] {
            var actions: [Action] = []
            if earliestDeadline <= now { expire(now, &actions) }
            switch phase {
            case .stopped: break
            case .waiting(let until): if until <= now { actions += open(now) }
            case .opening(let deadline):
                if deadline <= now { actions += giveUp(.unreachable("no connection in time"), now: now) }
            case .greeting(_, let deadline):
                if deadline <= now { actions += giveUp(.unreachable("connected, but no answer in time"), now: now) }
            case .ready:
                if let oldest = sent.first {
                    if oldest.dead <= now { actions += giveUp(.unreachable("no answer in time"), now: now) }
                } else if nextPing <= now {
                    sent.append(Sent(id: nil, deadline: now, dead: now + limits.silence))
                    actions.append(.write(RedisCommand.ping))
                }
            }
            return actions
        }

        /// When `tick` has something to do next; nil while stopped.
        var nextDeadline: MonotonicTime? {
            switch phase {
            case .stopped: nil
            case .waiting(let until): min(until, earliestDeadline)
            case .opening(let deadline), .greeting(_, let deadline): min(deadline, earliestDeadline)
            case .ready: min(sent.first?.dead ?? nextPing, earliestDeadline)
            }
        }

        private mutating func open(_ now: MonotonicTime) -> [Action] {
            // Twice: once for the name, once for the connection.
            phase = .opening(deadline: now + limits.openDeadline * 2)
            return [.open]
        }

        private mutating func becomeReady(_ now: MonotonicTime) -> [Action] {
            phase = .ready(since: now)
            nextPing = now + limits.pingEvery
            var actions = change(to: .up)
            for command in queued {
                actions.append(transmit(command.id, command.bytes, deadline: command.deadline, now: now))
            }
            queued = []
            return actions
        }

        private mutating func transmit(
            _ id: UInt64, _ bytes: [UInt8], deadline: MonotonicTime, now: MonotonicTime
        ) -> Action {
            sent.append(Sent(id: id, deadline: deadline, dead: max(deadline, now + limits.silence)))
            return .write(bytes)
        }

        private mutating func giveUp(_ state: RedisState, now: MonotonicTime) -> [Action] {
            // A server that takes us in only to throw us out again is not asked more often for that.
            if case .ready(let since) = phase, now - since >= .seconds(1) { backoff.reset() }
            let reason = state.description
            lastReason = reason
            phase = .waiting(until: now + backoff.next())
            let ids = sent.compactMap(\.id)
            sent = []
            return [.drop] + change(to: state) + ids.map { .fail($0, .connectionLost(reason: reason)) }
        }

        private mutating func change(to new: RedisState) -> [Action] {
            defer { state = new }
            return state.isSameCase(as: new) ? [] : [.tell(new)]
        }

        private mutating func expire(_ now: MonotonicTime, _ actions: inout [Action]) {
            var earliest = MonotonicTime(nanoseconds: .max)
            for index in sent.indices {
                guard let id = sent[index].id else { continue }
                if sent[index].deadline <= now {
                    sent[index].id = nil
                    actions.append(.fail(id, .timedOut))
                } else {
                    earliest = min(earliest, sent[index].deadline)
                }
            }
            queued.removeAll { command in
                guard command.deadline <= now else {
                    earliest = min(earliest, command.deadline)
                    return false
                }
                actions.append(.fail(command.id, .notConnected(reason: lastReason)))
                return true
            }
            earliestDeadline = earliest
        }
    }
}
