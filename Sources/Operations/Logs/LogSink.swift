import Foundation
import NIOConcurrencyHelpers
import Synchronization

/// Takes finished log lines from any thread and writes them to a descriptor on a thread of its own.
///
/// Whoever logs never waits for the reader of the log: lines go into a bounded buffer (1 MiB by default, some thousands of
/// lines). While it is full, lines are dropped and counted, and the count is written as a line as soon as there is room.
/// Of the same line at most ten a second are taken at all (`LineLimit`).
public final class LogSink: Sendable {
    private struct Pending {
        var bytes: [UInt8] = []
        var dropped: UInt64 = 0
        var isWriting = false
    }

    private let limit = NIOLockedValueBox(LineLimit())
    private let pending = NIOLockedValueBox(Pending())
    private let wake = DispatchSemaphore(value: 0)
    /// Signalled after every write; only `flush` waits for it.
    private let written = DispatchSemaphore(value: 0)
    private let droppedTotal = Atomic<UInt64>(0)
    private let suppressedTotal = Atomic<UInt64>(0)
    private let descriptor: Int32
    private let capacity: Int

    /// A sink with its own writing thread, which lives as long as the process.
    public init(descriptor: Int32, capacity: Int = 1 << 20) {
        self.descriptor = descriptor
        self.capacity = capacity
        let thread = Thread { [self] in writeForever() }
        thread.name = "log"
        thread.stackSize = 256 << 10
        thread.start()
    }

    /// Lines dropped since the start because the reader of the log was too slow.
    public var droppedLines: UInt64 { droppedTotal.load(ordering: .relaxed) }

    /// Lines not written since the start because there were too many of their kind in a second.
    public var suppressedLines: UInt64 { suppressedTotal.load(ordering: .relaxed) }

    /// Whether a line of this kind is written now, and how many of its kind were not since the last one; nil: it is not.
    func admit(_ kind: String, at second: Int64) -> UInt64? {
        switch limit.withLockedValue({ $0.decide(kind, at: second) }) {
        case .write(let suppressed): return suppressed
        case .suppress:
            suppressedTotal.add(1, ordering: .relaxed)
            return nil
        }
    }

    /// Queues a line, which ends in a line feed, or drops it; never waits.
    func append(_ line: [UInt8]) {
        let mustWake = pending.withLockedValue { pending in
            guard pending.bytes.count + line.count <= capacity else {
                pending.dropped += 1
                droppedTotal.add(1, ordering: .relaxed)
                return false
            }
            let wasEmpty = pending.bytes.isEmpty
            pending.bytes.append(contentsOf: line)
            return wasEmpty
        }
        if mustWake { wake.signal() }
    }

    /// Waits until every queued line is out, or for `limit`; for the last moments of a process.
    public func flush(within limit: Duration) {
        let deadline = DispatchTime.now() + .nanoseconds(Int(limit / .nanoseconds(1)))
        while !pending.withLockedValue({ $0.bytes.isEmpty && !$0.isWriting }) {
            if written.wait(timeout: deadline) == .timedOut { return }
        }
    }

    private func writeForever() {
        while true {
            wake.wait()
            var (bytes, dropped) = pending.withLockedValue { pending in
                let taken = (pending.bytes, pending.dropped)
                pending.bytes = []
                pending.dropped = 0
                pending.isWriting = true
                return taken
            }
            if dropped > 0 { bytes.append(contentsOf: LogLineFormat.droppedLine(dropped)) }
            // Nothing is left to tell if even this fails: the log itself is gone.
            _ = Descriptor.writeAll(bytes, to: descriptor)
            pending.withLockedValue { $0.isWriting = false }
            written.signal()
        }
    }
}
