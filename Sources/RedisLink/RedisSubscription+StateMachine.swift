import Reactor

extension RedisSubscription {
    /// Decides everything about a subscription; owns no socket, no clock and no closure.
    ///
    /// ```
    /// stopped ─start─▶ opening ─▶ greeting ─▶ subscribing ─every channel confirmed─▶ confirmed
    ///                  ▲                │ refused, late, lost                         │ PING or probe not back, lost
    ///                  └── waiting ◀────┴────────────────────────────────────────────┘
    /// ```
    /// Two proofs of life, since each can lie alone: PING is answered by a server that has forgotten the subscription (a
    /// failed-over replica behind a proxy), and a probe is not published while the command connection is down.
    struct StateMachine {
        enum Phase: Equatable {
            case stopped
            case waiting(until: MonotonicTime)
            case opening(deadline: MonotonicTime)
            case greeting(step: Int, deadline: MonotonicTime)
            case subscribing(left: Set<String>, deadline: MonotonicTime)
            case confirmed(since: MonotonicTime)
        }

        enum Action: Equatable {
            /// Resolve and connect; answer with `opened` or `lost`.
            case open
            /// Forget the socket (or the attempt) now; nothing is heard of it any more.
            case drop
            case write([UInt8])
            /// Publish this text on the probe channel through another connection.
            case publishProbe(String)
            case confirm
            case deliver(channel: String, [UInt8])
            case tell(RedisState)
        }

        private(set) var phase = Phase.stopped
        private(set) var state = RedisState.starting
        private let greeting: RedisGreeting
        private let channels: [String]
        private let probeChannel: String?
        private let limits: RedisLimits
        private var backoff: Backoff
        private var nextPing = MonotonicTime(nanoseconds: .max)
        private var pongDeadline: MonotonicTime?
        private var nextProbe = MonotonicTime(nanoseconds: .max)
        private var probe: (text: String, deadline: MonotonicTime)?
        private var probes = 0

        init(
            greeting: RedisGreeting, channels: [String], probeChannel: String?, limits: RedisLimits, seed: UInt64
        ) {
            self.greeting = greeting
            self.channels = channels
            self.probeChannel = probeChannel
            self.limits = limits
            backoff = Backoff(base: limits.backoffBase, cap: limits.backoffCap, seed: seed)
        }

        mutating func start(now: MonotonicTime) -> [Action] {
            guard phase == .stopped else { return [] }
            return open(now)
        }

        mutating func stop() -> [Action] {
            guard phase != .stopped else { return [] }
            phase = .stopped
            return [.drop]
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
            case .opening, .greeting, .subscribing, .confirmed: giveUp(.unreachable(reason), now: now)
            }
        }

        /// The probe could not be published: says nothing about this subscription.
        mutating func probeNotPublished(_ text: String, now: MonotonicTime) {
            guard probe?.text == text else { return }
            probe = nil
            nextProbe = now + backoff.jittered(limits.probeEvery)
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
                return subscribe(now)
            case .subscribing, .confirmed:
                if case .error(let text) = reply { return giveUp(.refused(text), now: now) }
                return push(reply, now: now)
            }
        }

        /// Time has passed: to be called at `nextDeadline` or later.
        mutating func tick(now: MonotonicTime) -> [Action] {
            switch phase {
            case .stopped: return []
            case .waiting(let until): return until <= now ? open(now) : []
            case .opening(let deadline):
                return deadline <= now ? giveUp(.unreachable("no connection in time"), now: now) : []
            case .greeting(_, let deadline), .subscribing(_, let deadline):
                return deadline <= now ? giveUp(.unreachable("connected, but no answer in time"), now: now) : []
            case .confirmed: return prove(now)
            }
        }

        /// When `tick` has something to do next; nil while stopped.
        var nextDeadline: MonotonicTime? {
            switch phase {
            case .stopped: nil
            case .waiting(let until): until
            case .opening(let deadline), .greeting(_, let deadline), .subscribing(_, let deadline): deadline
            case .confirmed: min(pongDeadline ?? nextPing, probe?.deadline ?? nextProbe)
            }
        }

        private mutating func open(_ now: MonotonicTime) -> [Action] {
            // Twice: once for the name, once for the connection.
            phase = .opening(deadline: now + limits.openDeadline * 2)
            return [.open]
        }

        private mutating func subscribe(_ now: MonotonicTime) -> [Action] {
            let all = channels + (probeChannel.map { [$0] } ?? [])
            guard !all.isEmpty, let bytes = try? RedisCommand.encode(["SUBSCRIBE"] + all.map { RedisArgument($0) })
            else {
                return giveUp(.refused("no channel to subscribe to"), now: now)
            }
            phase = .subscribing(left: Set(all), deadline: now + limits.openDeadline)
            return [.write(bytes)]
        }

        /// A push in subscribed mode: `[subscribe, channel, count]`, `[message, channel, bytes]`, `[pong, ""]`.
        private mutating func push(_ reply: RESPValue, now: MonotonicTime) -> [Action] {
            guard let parts = reply.elements, let kind = parts.first?.text else {
                return giveUp(.unreachable("a push that is no array"), now: now)
            }
            switch (kind, parts.count) {
            case ("subscribe", 3): return confirmed(parts[1].text ?? "", now)
            case ("message", 3):
                guard let channel = parts[1].text, let bytes = parts[2].bytes else { return [] }
                guard channel == probeChannel else { return [.deliver(channel: channel, bytes)] }
                if let sent = probe, Array(sent.text.utf8) == bytes {
                    probe = nil
                    nextProbe = now + backoff.jittered(limits.probeEvery)
                }
                return []
            case ("pong", 2):
                pongDeadline = nil
                nextPing = now + limits.pingEvery
                return []
            default: return []
            }
        }

        private mutating func confirmed(_ channel: String, _ now: MonotonicTime) -> [Action] {
            guard case .subscribing(var left, let deadline) = phase else { return [] }
            left.remove(channel)
            guard left.isEmpty else {
                phase = .subscribing(left: left, deadline: deadline)
                return []
            }
            phase = .confirmed(since: now)
            nextPing = now + limits.pingEvery
            if probeChannel != nil { nextProbe = now + backoff.jittered(limits.probeEvery) }
            return change(to: .up) + [.confirm]
        }

        private mutating func prove(_ now: MonotonicTime) -> [Action] {
            if let pongDeadline, pongDeadline <= now { return giveUp(.unreachable("PING was not answered"), now: now) }
            if let probe, probe.deadline <= now {
                return giveUp(.unreachable("a message published to ourselves did not come back"), now: now)
            }
            var actions: [Action] = []
            if pongDeadline == nil, nextPing <= now {
                pongDeadline = now + limits.probeDeadline
                actions.append(.write(RedisCommand.ping))
            }
            if probe == nil, nextProbe <= now {
                probes += 1
                let text = "probe \(probes)"
                probe = (text, now + limits.probeDeadline)
                actions.append(.publishProbe(text))
            }
            return actions
        }

        private mutating func giveUp(_ state: RedisState, now: MonotonicTime) -> [Action] {
            // A server that takes us in only to throw us out again is not asked more often for that.
            if case .confirmed(let since) = phase, now - since >= .seconds(1) { backoff.reset() }
            phase = .waiting(until: now + backoff.next())
            pongDeadline = nil
            probe = nil
            nextProbe = MonotonicTime(nanoseconds: .max)
            return [.drop] + change(to: state)
        }

        private mutating func change(to new: RedisState) -> [Action] {
            defer { state = new }
            return state.isSameCase(as: new) ? [] : [.tell(new)]
        }
    }
}
