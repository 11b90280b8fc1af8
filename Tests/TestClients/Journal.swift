import Reactor

/// What happened on other threads, in order; a test waits for it with a deadline.
public final class Journal<Event: Sendable>: Sendable {
    private struct Waiter {
        let check: @Sendable ([Event]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
        let number: Int
    }
    private struct State {
        var events: [Event] = []
        var waiting: [Waiter] = []
        var nextNumber = 0
    }
    private let state = Locked(State())

    /// An empty journal.
    public init() {}

    /// Everything so far.
    public var all: [Event] { state.withLock { $0.events } }

    /// Notes an event and wakes those whose condition holds now.
    public func add(_ event: Event) {
        let ready = state.withLock { state in
            state.events.append(event)
            let events = state.events
            let ready = state.waiting.filter { $0.check(events) }
            state.waiting.removeAll { waiter in ready.contains { $0.number == waiter.number } }
            return ready
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// Waits until `check` holds for all that happened. `check` must not ask the journal.
    ///
    /// - Throws: `ClientError` after `time`, with what was awaited and what happened instead.
    @discardableResult
    public func wait(
        _ what: String, within time: Duration = .seconds(20), _ check: @escaping @Sendable ([Event]) -> Bool
    ) async throws -> [Event] {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        let deadline = Task {
            try await Task.sleep(for: time)
            finish(number, false)
        }
        defer { deadline.cancel() }
        let seen = await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if check(state.events) { return true }
                state.waiting.append(Waiter(check: check, continuation: continuation, number: number))
                return false
            }
            if now { continuation.resume(returning: true) }
        }
        guard seen else { throw ClientError("not seen within \(time): \(what); seen: \(all)") }
        return all
    }

    private func finish(_ number: Int, _ seen: Bool) {
        let waiter = state.withLock { state in
            let waiter = state.waiting.first { $0.number == number }
            state.waiting.removeAll { $0.number == number }
            return waiter
        }
        waiter?.continuation.resume(returning: seen)
    }
}

extension Journal where Event == String {
    /// Waits for a line.
    public func wait(for line: String) async throws { try await wait(line) { $0.contains(line) } }
}
