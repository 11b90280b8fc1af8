import ClusterModel
import HashRing
import Reactor
import RedisLink

extension RingSubscriber {
    /// The part of a subscriber that lives on its loop: does what the state machine says.
    final class Follower {
        private let loop: EventLoop
        private let cache: RingCache
        private let status: RingSubscriberStatus
        private let log: @Sendable (RingSyncEvent) -> Void
        private let key: RedisArgument
        private var machine = StateMachine(seed: UInt64.random(in: .min ... .max))
        private var commands: RedisConnection?
        private var subscription: RedisSubscription?
        private var timer: TimerID?
        private var reported: RingRefusal?
        private var awaiting = AwaitedReads()

        init(cache: RingCache, configuration: Configuration, status: RingSubscriberStatus, on loop: EventLoop) {
            self.loop = loop
            self.cache = cache
            self.status = status
            log = configuration.log
            key = RedisArgument(configuration.keyspace.ring(cache.service))
            let commands = RedisConnection(
                on: loop, url: configuration.url, name: configuration.name, limits: configuration.limits
            ) { [weak self] in self?.commandsChanged($0) }
            subscription = RedisSubscription(
                on: loop, url: configuration.url, name: "\(configuration.name)-ring",
                channels: [configuration.keyspace.ringChannel(cache.service)], prober: commands,
                probePrefix: configuration.keyspace.prefix, limits: configuration.limits
            ) { [weak self] in self?.received($0) }
            self.commands = commands
        }

        func start() {
            commands?.start()
            subscription?.start()
            perform(machine.start(now: loop.now))
        }

        func stop() {
            subscription?.stop()
            commands?.stop()
            subscription = nil
            commands = nil
            if let timer { loop.cancel(timer) }
        }

        func refresh() { perform(machine.refresh(now: loop.now)) }

        func refresh(_ done: @escaping @Sendable () -> Void) {
            awaiting.wait(done)
            refresh()
        }

        private func commandsChanged(_ state: RedisState) {
            status.content.withLock { $0.redis = state }
            log(.redis(state))
            if state == .up { perform(machine.connected(now: loop.now)) }
        }

        private func received(_ event: RedisSubscription.Event) {
            switch event {
            case .confirmed: perform(machine.confirmed(now: loop.now))
            case .message(_, let bytes): perform(machine.message(bytes, now: loop.now))
            case .state(let state):
                status.content.withLock { $0.subscription = state }
                log(.subscription(state))
            }
        }

        private func perform(_ actions: [StateMachine.Action]) {
            guard commands != nil else { return }
            for action in actions { perform(action) }
            plan()
            if machine.isSettled { for done in awaiting.end() { done() } }
        }

        private func perform(_ action: StateMachine.Action) {
            switch action {
            case .ask:
                awaiting.begin()
                read(["HMGET", key, "epoch", "digest"]) { machine, reply, now in
                    let fields = reply.elements ?? []
                    return machine.asked(
                        RingHint.version(
                            epoch: fields.first?.text.flatMap { UInt64($0) },
                            digest: fields.last?.bytes.flatMap { Hex16.parse($0) }),
                        now: now)
                }
            case .fetch:
                awaiting.begin()
                read(["HGET", key, "document"]) { machine, reply, now in machine.fetched(reply.bytes, now: now) }
            case .build(let bytes, _): build(bytes)
            case .refuse(let refusal):
                cache.count(refusal)
                report(refusal)
            case .report(let refusal): report(refusal)
            }
        }

        private func read(
            _ command: [RedisArgument],
            _ answer: @escaping (inout StateMachine, RESPValue, MonotonicTime) -> [StateMachine.Action]
        ) {
            commands?.send(command) { [weak self] result in
                guard let self else { return }
                switch result {
                case .success(let reply):
                    status.content.withLock { $0.lastAnswer = .now }
                    perform(answer(&machine, reply, loop.now))
                case .failure:
                    awaiting.fail()
                    perform(machine.readFailed(now: loop.now))
                }
            }
        }

        /// A ring of 100 nodes takes milliseconds to derive, in which a loop carries thousands of messages: not here.
        private func build(_ bytes: [UInt8]) {
            let cache = cache
            let handle = loop.handle
            let me = LoopBound(self, to: loop)
            let log = log
            Task.detached {
                let result: StateMachine.Built
                do throws(RingDocumentError) {
                    let snapshot = try RingSnapshot(bytes: bytes, for: cache.service)
                    switch cache.adopt(snapshot) {
                    case .adopted:
                        log(.adopted(snapshot.epoch, nodes: snapshot.nodes.count))
                        result = .adopted
                    case .same: result = .same
                    case .refused(let refusal): result = .refused(refusal)
                    }
                } catch {
                    let refusal = RingRefusal(error)
                    cache.count(refusal)
                    result = .refused(refusal)
                }
                handle.post { loop in me.value(on: loop).built(result) }
            }
        }

        private func built(_ result: StateMachine.Built) {
            if case .adopted = result { reported = nil }
            perform(machine.built(result, current: cache.current?.version, now: loop.now))
        }

        private func report(_ refusal: RingRefusal) {
            guard reported != refusal else { return }
            reported = refusal
            log(.refused(refusal))
        }

        private func plan() {
            if let timer { loop.cancel(timer) }
            timer = machine.nextDeadline.map { time in
                loop.after(time - loop.now) { [weak self] _ in
                    guard let self else { return }
                    perform(machine.tick(now: loop.now))
                }
            }
        }
    }
}
