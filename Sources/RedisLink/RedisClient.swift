import Reactor

/// A `RedisConnection` for code that runs in tasks. Copies share the connection.
public struct RedisClient: Sendable {
    private let shared: Shared
    private let loop: LoopHandle

    /// Makes and starts a connection on the loop. Stop it before the loop ends.
    ///
    /// - Parameter stateChanged: called on the loop, once per change of `RedisState`'s case.
    public init(
        on loop: LoopHandle, url: RedisURL, name: String = "ringway", limits: RedisLimits = RedisLimits(),
        stateChanged: @escaping @Sendable (RedisState) -> Void = { _ in }
    ) {
        let shared = Shared()
        self.shared = shared
        self.loop = loop
        loop.post { loop in
            let connection = RedisConnection(on: loop, url: url, name: name, limits: limits) { state in
                shared.content.withLock { $0.state = state }
                stateChanged(state)
            }
            shared.content.withLock { $0.connection = LoopBound(connection, to: loop) }
            connection.start()
        }
    }

    /// How the connection is now.
    public var state: RedisState { shared.content.withLock { $0.state } }

    /// Sends one command and waits for its answer.
    ///
    /// - Parameter deadline: from now to the answer, the wait for a connection included. Cancelling the task does not shorten it.
    /// - Throws: `RedisError`; an error reply of Redis is `.server`.
    public func command(
        _ arguments: [RedisArgument], deadline: Duration = .seconds(2)
    ) async throws(RedisError) -> RESPValue {
        let answer: Result<RESPValue, RedisError> = await withCheckedContinuation { continuation in
            let posted = loop.post { [shared] loop in
                guard let connection = shared.connection(on: loop) else {
                    return continuation.resume(returning: .failure(.stopped))
                }
                connection.send(arguments, deadline: deadline) { continuation.resume(returning: $0) }
            }
            if !posted { continuation.resume(returning: .failure(.stopped)) }
        }
        return try answer.get()
    }

    /// Sends one command and waits for its answer.
    public func command(_ arguments: RedisArgument..., deadline: Duration = .seconds(2)) async throws(RedisError)
        -> RESPValue
    {
        try await command(arguments, deadline: deadline)
    }

    /// Ends the connection; commands under way fail with `stopped`. Returns when that is done.
    public func stop() async {
        // Emptied, because the connection's `stateChanged` holds `shared` in turn.
        _ = try? await loop.run { [shared] loop in
            let connection = shared.content.withLock { content in
                defer { content.connection = nil }
                return content.connection
            }
            connection?.value(on: loop).stop()
        }
    }

    private final class Shared: Sendable {
        let content = Locked((state: RedisState.starting, connection: LoopBound<RedisConnection>?.none))

        func connection(on loop: EventLoop) -> RedisConnection? {
            content.withLock { $0.connection }?.value(on: loop)
        }
    }
}
