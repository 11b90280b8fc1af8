import ClusterModel
import HashRing
import Operations
import Reactor

/// What the loops suspect, until somebody has told the registry. A loop never waits here for more than a few instructions.
///
/// A node's end is seen by every link to it at the same moment: one report per run of a node and second is kept, the
/// others are the same news. Bounded: what finds no room is dropped and counted; the node's lease ends all the same.
final class SuspicionMailbox: Sendable {
    /// One report.
    struct Report: Hashable, Sendable {
        let service: ServiceName
        let node: NodeID
        let incarnation: Incarnation
        let reason: Suspicion.Reason
    }

    /// From one report of a run of a node to the next.
    static let pause = Duration.seconds(1)
    /// Reports that wait at most.
    static let most = 256
    /// Reports that are being sent at most.
    static let mostUnderWay = 16

    private struct Run: Hashable {
        let service: ServiceName
        let node: NodeID
        let incarnation: Incarnation
    }

    private struct Content {
        var waiting: [Report] = []
        /// When each run was reported last.
        var last: [Run: MonotonicTime] = [:]
        var underWay = 0
    }

    /// Reports that found no room.
    let dropped = MetricCounter()
    /// One element or more since the last look: there is something to `take`.
    let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private let content = Locked(Content())

    init() {
        (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// A link to this run of a node ended.
    func suspect(
        _ node: NodeID, incarnation: Incarnation, of service: ServiceName, reason: Suspicion.Reason,
        at now: MonotonicTime
    ) {
        let run = Run(service: service, node: node, incarnation: incarnation)
        let isNews = content.withLock { content in
            if let last = content.last[run], now - last < Self.pause { return false }
            if content.last.count >= Self.most { content.last = content.last.filter { now - $0.value < Self.pause } }
            guard content.waiting.count < Self.most, content.last.count < Self.most else {
                dropped.add()
                return false
            }
            content.last[run] = now
            content.waiting.append(Report(service: service, node: node, incarnation: incarnation, reason: reason))
            return true
        }
        if isNews { waker.yield() }
    }

    /// The reports that may be sent now, oldest first; say `done` for each when it was.
    func take() -> [Report] {
        content.withLock { content in
            let count = min(content.waiting.count, Self.mostUnderWay - content.underWay)
            let taken = Array(content.waiting.prefix(count))
            content.waiting.removeFirst(count)
            content.underWay += count
            return taken
        }
    }

    /// One of those that were taken has been sent, or given up.
    func done() {
        content.withLock { $0.underWay -= 1 }
        waker.yield()
    }
}
