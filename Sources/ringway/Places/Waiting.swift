import Dispatch
import Reactor

/// Waits on a plain thread for asynchronous work. Only for the main thread of synchronous verbs: on a thread of the
/// concurrency pool it would take the place of the work it waits for.
enum Waiting {
    private final class Outcome<Value: Sendable>: Sendable {
        let done = DispatchSemaphore(value: 0)
        let result = Locked<Result<Value, any Error>?>(nil)
    }

    static func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Outcome<Value>()
        Task {
            let result: Result<Value, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            outcome.result.withLock { $0 = result }
            outcome.done.signal()
        }
        outcome.done.wait()
        guard let result = outcome.result.withLock({ $0 }) else {
            preconditionFailure("the semaphore is signalled after the result is set")
        }
        return try result.get()
    }
}
