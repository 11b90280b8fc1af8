import Reactor

/// Commands to Redis, in order, over one connection that comes back by itself. Lives on one event loop.
///
/// A command sent while there is no connection waits for one until its deadline. Every command is answered exactly once: with
/// a reply, or with a `RedisError` that says whether it may have run. Call `stop` before the loop ends.
public final class RedisConnection {
    private let loop: EventLoop
    private let socket: RedisSocket
    private var machine: StateMachine
    private var completions: [UInt64: (Result<RESPValue, RedisError>) -> Void] = [:]
    private var nextCommand: UInt64 = 0
    private var pending: [StateMachine.Action] = []
    private var performing = false
    private let stateChanged: (RedisState) -> Void

    /// How the connection is now.
    public var state: RedisState { machine.state }
    /// Commands without an answer yet.
    public var commandsInFlight: Int { machine.inFlight }

    /// A connection that is not yet started.
    ///
    /// - Parameters:
    ///   - name: what CLIENT LIST shows.
    ///   - stateChanged: called on the loop, once per change of `RedisState`'s case.
    public init(
        on loop: EventLoop, url: RedisURL, name: String, limits: RedisLimits = RedisLimits(),
        stateChanged: @escaping (RedisState) -> Void = { _ in }
    ) {
        self.loop = loop
        self.stateChanged = stateChanged
        socket = RedisSocket(on: loop, url: url, limits: limits)
        machine = StateMachine(
            greeting: RedisGreeting(url: url, name: name), limits: limits, seed: UInt64.random(in: .min ... .max))
    }

    /// Connects, and goes on trying for as long as it takes.
    public func start() {
        socket.onEvent = { [weak self] event in self?.handle(event) }
        perform(machine.start(now: loop.now))
    }

    /// Ends the connection; every command without an answer fails with `stopped`.
    public func stop() { perform(machine.stop()) }

    /// Sends one command.
    ///
    /// - Parameters:
    ///   - deadline: from now to the answer, the wait for a connection included.
    ///   - completion: called once, on the loop, possibly before `send` returns. An error reply of Redis is `.server`.
    public func send(
        _ arguments: [RedisArgument], deadline: Duration = .seconds(2),
        completion: @escaping (Result<RESPValue, RedisError>) -> Void
    ) {
        let bytes: [UInt8]
        do { bytes = try RedisCommand.encode(arguments) } catch { return completion(.failure(error)) }
        nextCommand += 1
        completions[nextCommand] = completion
        perform(machine.send(nextCommand, bytes, deadline: deadline, now: loop.now))
    }

    private func handle(_ event: RedisSocket.Event) {
        switch event {
        case .opened: perform(machine.opened(now: loop.now))
        case .reply(let reply): perform(machine.received(reply, now: loop.now))
        case .lost(let reason): perform(machine.lost(reason, now: loop.now))
        case .timer: perform(machine.tick(now: loop.now))
        }
    }

    /// A completion may send the next command: its actions wait for those of before, or commands would change their order.
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
            // The queue's bound is passed: Redis has not read for long, or the command alone is too large.
            if !socket.write(bytes) { pending += machine.lost("the write queue is full", now: loop.now) }
        case .succeed(let id, let value): completions.removeValue(forKey: id)?(.success(value))
        case .fail(let id, let error): completions.removeValue(forKey: id)?(.failure(error))
        case .tell(let state): stateChanged(state)
        }
    }
}

@available(*, unavailable) extension RedisConnection: Sendable {}
