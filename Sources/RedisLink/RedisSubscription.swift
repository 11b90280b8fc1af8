import Reactor

/// Messages of some channels, over a connection of their own that comes back by itself. Lives on one event loop.
///
/// Pub/sub is at most once: whatever is published while the subscription is down is gone. So read what you follow *after*
/// every `confirmed`, not before.
public final class RedisSubscription {
    /// What a subscription tells.
    public enum Event: Sendable {
        /// Every channel is subscribed, from now on; after every reconnect again.
        case confirmed
        /// A message that was published on one of the channels.
        case message(channel: String, bytes: [UInt8])
        /// The state changed its case (`up` comes together with `confirmed`).
        case state(RedisState)
    }

    private let loop: EventLoop
    private let socket: RedisSocket
    private let publisher: RedisConnection?
    private let probeChannel: String?
    private var machine: StateMachine
    private var pending: [StateMachine.Action] = []
    private var performing = false
    private let received: (Event) -> Void

    /// How the subscription is now; `up` means every channel is confirmed.
    public var state: RedisState { machine.state }

    /// A subscription that is not yet started.
    ///
    /// - Parameters:
    ///   - channels: at least one.
    ///   - prober: publishes a probe every few seconds on a channel only this subscription listens to; a probe that does not
    ///     come back in 3 s means the subscription is down. nil: only PING proves it alive.
    ///   - probePrefix: the probe's channel is this, `:probe:` and a random number.
    ///   - received: called on the loop.
    public init(
        on loop: EventLoop, url: RedisURL, name: String, channels: [String], prober: RedisConnection? = nil,
        probePrefix: String = "ringway", limits: RedisLimits = RedisLimits(), received: @escaping (Event) -> Void
    ) {
        self.loop = loop
        self.received = received
        publisher = prober
        probeChannel = prober == nil ? nil : "\(probePrefix):probe:\(UInt64.random(in: .min ... .max))"
        socket = RedisSocket(on: loop, url: url, limits: limits)
        machine = StateMachine(
            greeting: RedisGreeting(url: url, name: name), channels: channels, probeChannel: probeChannel,
            limits: limits,
            seed: UInt64.random(in: .min ... .max))
    }

    /// Connects and subscribes, and goes on trying for as long as it takes.
    public func start() {
        socket.onEvent = { [weak self] event in self?.handle(event) }
        perform(machine.start(now: loop.now))
    }

    /// Ends the subscription.
    public func stop() { perform(machine.stop()) }

    private func handle(_ event: RedisSocket.Event) {
        switch event {
        case .opened: perform(machine.opened(now: loop.now))
        case .reply(let reply): perform(machine.received(reply, now: loop.now))
        case .lost(let reason): perform(machine.lost(reason, now: loop.now))
        case .timer: perform(machine.tick(now: loop.now))
        }
    }

    private func perform(_ actions: [StateMachine.Action]) {
        pending += actions
        guard !performing else { return }
        performing = true
        var index = 0
        while index < pending.count {
            let action = pending[index]
            index += 1
            perform(action)
        }
        pending.removeAll(keepingCapacity: true)
        performing = false
        if let time = machine.nextDeadline { socket.wake(at: time) }
    }

    private func perform(_ action: StateMachine.Action) {
        switch action {
        case .open: socket.open()
        case .drop: socket.drop()
        case .write(let bytes):
            if !socket.write(bytes) { pending += machine.lost("the write queue is full", now: loop.now) }
        case .publishProbe(let text): publish(text)
        case .confirm: received(.confirmed)
        case .deliver(let channel, let bytes): received(.message(channel: channel, bytes: bytes))
        case .tell(let state): received(.state(state))
        }
    }

    private func publish(_ text: String) {
        guard let publisher, let probeChannel else { return }
        publisher.send(["PUBLISH", RedisArgument(probeChannel), RedisArgument(text)]) { [weak self] answer in
            guard let self, case .failure = answer else { return }
            machine.probeNotPublished(text, now: loop.now)
        }
    }
}

@available(*, unavailable) extension RedisSubscription: Sendable {}
