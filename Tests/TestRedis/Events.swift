import Reactor

/// What has happened so far, for a test to wait on.
public final class Events<Event: Sendable>: Sendable {
    private struct Waiter {
        let isSatisfied: @Sendable ([Event]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct Content {
        var events: [Event] = []
        var waiters: [Int: Waiter] = [:]
        var nextWaiter = 0
    }

    private let content = Locked(Content())

    /// Nothing has happened.
    public init() {}

    /// All events in order.
    public var all: [Event] { content.withLock { $0.events } }

    /// Something happened.
    public func post(_ event: Event) {
        let satisfied = content.withLock { content in
            content.events.append(event)
            let ready = content.waiters.filter { $0.value.isSatisfied(content.events) }
            for id in ready.keys { content.waiters[id] = nil }
            return Array(ready.values)
        }
        for waiter in satisfied { waiter.continuation.resume(returning: true) }
    }

    /// Waits until the events so far satisfy the condition; false if they do not within the deadline.
    public func wait(
        within deadline: Duration = .seconds(20), until condition: @escaping @Sendable ([Event]) -> Bool
    ) async -> Bool {
        let id = content.withLock { content in
            content.nextWaiter += 1
            return content.nextWaiter
        }
        let timer = Task {
            do { try await Task.sleep(for: deadline) } catch { return }
            let late = content.withLock { $0.waiters.removeValue(forKey: id) }
            late?.continuation.resume(returning: false)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let already = content.withLock { content in
                if condition(content.events) { return true }
                content.waiters[id] = Waiter(isSatisfied: condition, continuation: continuation)
                return false
            }
            if already { continuation.resume(returning: true) }
        }
    }

    /// Waits until an event like this has happened since the first `skipping` ones.
    public func wait(
        within deadline: Duration = .seconds(20), skipping count: Int = 0,
        for isWanted: @escaping @Sendable (Event) -> Bool
    ) async -> Bool {
        await wait(within: deadline) { $0.dropFirst(count).contains(where: isWanted) }
    }
}
