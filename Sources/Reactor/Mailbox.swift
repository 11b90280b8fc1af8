import CLinux
import Glibc
import Synchronization

/// The way into an event loop from any thread.
public struct LoopHandle: Sendable, Hashable {
    let mailbox: Mailbox

    /// Runs `work` on the loop's thread, soon and in the order of posting.
    ///
    /// Never blocks, beyond a lock that is held for a few instructions. The mailbox has no bound of its own: who posts per
    /// message must hand over batches and bound what is under way.
    ///
    /// - Returns: false if the loop has stopped; the work is then dropped.
    @discardableResult
    public func post(_ work: @escaping @Sendable (EventLoop) -> Void) -> Bool { mailbox.post(work) }

    /// Runs `body` on the loop's thread and waits for its answer without blocking the caller's thread.
    ///
    /// - Throws: `ReactorError.stopped` if the loop has stopped.
    public func run<Answer: Sendable>(
        _ body: @escaping @Sendable (EventLoop) -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let posted = post { continuation.resume(returning: body($0)) }
            if !posted { continuation.resume(throwing: ReactorError.stopped) }
        }
    }

    /// Two handles are equal if they lead to the same loop.
    public static func == (left: Self, right: Self) -> Bool { left.mailbox === right.mailbox }

    /// Hashes the loop's identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(mailbox)) }
}

/// Work for a loop, and the eventfd that wakes it.
final class Mailbox: Sendable {
    typealias Work = @Sendable (EventLoop) -> Void
    private struct Content {
        var work: [Work] = []
        var closed = false
    }

    let wakeDescriptor: Int32
    private let content = Locked(Content())
    /// True while a wake-up is on its way, so that a burst of posts costs one write.
    private let woken = Atomic<Bool>(false)

    init() { wakeDescriptor = clinux_eventfd() }

    deinit { close(wakeDescriptor) }

    func post(_ work: @escaping Work) -> Bool {
        let taken = content.withLock { content in
            if content.closed { return false }
            content.work.append(work)
            return true
        }
        if taken, !woken.exchange(true, ordering: .acquiringAndReleasing) { clinux_eventfd_wake(wakeDescriptor) }
        return taken
    }

    /// Everything posted so far, in order. `woken` falls before the list is taken: a post in between wakes once too often,
    /// never once too seldom.
    func take() -> [Work] {
        woken.store(false, ordering: .sequentiallyConsistent)
        return content.withLock { content in
            let work = content.work
            content.work.removeAll(keepingCapacity: false)
            return work
        }
    }

    /// No more posts; gives what was still in.
    func closeAndTake() -> [Work] {
        content.withLock { content in
            content.closed = true
            let work = content.work
            content.work = []
            return work
        }
    }
}
