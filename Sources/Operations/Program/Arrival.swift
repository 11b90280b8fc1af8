import NIOConcurrencyHelpers

/// A value that comes once and that any number of tasks may wait for.
final class Arrival<Value: Sendable>: Sendable {
    private enum State {
        case waiting([UInt64: CheckedContinuation<Value, any Error>], next: UInt64)
        case here(Value)
    }

    private let state = NIOLockedValueBox(State.waiting([:], next: 0))

    /// Hands the value to everyone who waits and everyone who will; only the first value counts.
    func arrive(_ value: Value) {
        let waiting = state.withLockedValue { state in
            guard case .waiting(let waiting, _) = state else { return [CheckedContinuation<Value, any Error>]() }
            state = .here(value)
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// The value; waits for it, or throws `CancellationError` if the waiting task is cancelled.
    func value() async throws -> Value {
        let ticket = state.withLockedValue { state in
            guard case .waiting(let waiting, let next) = state else { return UInt64(0) }
            state = .waiting(waiting, next: next + 1)
            return next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // Whether the task was cancelled is asked under the lock: a cancellation after this finds the ticket.
                let now: Result<Value, any Error>? = state.withLockedValue { state in
                    switch state {
                    case .here(let value): return .success(value)
                    case .waiting(var waiting, let next):
                        if Task.isCancelled { return .failure(CancellationError()) }
                        waiting[ticket] = continuation
                        state = .waiting(waiting, next: next)
                        return nil
                    }
                }
                if let now { continuation.resume(with: now) }
            }
        } onCancel: {
            let continuation = state.withLockedValue { state -> CheckedContinuation<Value, any Error>? in
                guard case .waiting(var waiting, let next) = state else { return nil }
                let found = waiting.removeValue(forKey: ticket)
                state = .waiting(waiting, next: next)
                return found
            }
            continuation?.resume(throwing: CancellationError())
        }
    }
}
