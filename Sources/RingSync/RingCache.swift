import ClusterModel
import Reactor
import Synchronization

/// The ring of one service as this process holds it: one immutable snapshot, swapped as a whole, never backwards.
///
/// Born for one service, so nothing that asks it can name the wrong one. On the hot path do not ask it directly: give each loop
/// a `RingReader`, which costs one atomic load.
public final class RingCache: Sendable {
    /// The service whose ring this is.
    public let service: ServiceName

    private struct Content {
        var snapshot: RingSnapshot?
        var adoptedAt: ContinuousClock.Instant?
        var refusals: [String: Int] = [:]
    }

    private let content = Locked(Content())
    /// Counts swaps. Written under `content`'s lock, read without it: a reader that sees its own number holds the newest ring.
    private let swaps = Atomic<UInt64>(0)
    /// Held while observers run, so that they hear of rings in the order of their epochs.
    private let observers = Locked<[@Sendable (RingSnapshot) -> Void]>([])

    /// A cache that holds nothing yet.
    public init(service: ServiceName) { self.service = service }

    /// The newest ring; `nil` until the first is adopted. Takes a lock for a few instructions.
    public var current: RingSnapshot? { content.withLock { $0.snapshot } }

    /// How long the current ring is held; `nil` while there is none.
    public var age: Duration? {
        content.withLock { $0.adoptedAt }.map { ContinuousClock.now - $0 }
    }

    /// How many documents were refused, by `RingRefusal.label`.
    public var refusals: [String: Int] { content.withLock { $0.refusals } }

    /// Swaps the snapshot in if it is of this service and newer (Ring v1 §7); otherwise counts it and changes nothing.
    ///
    /// Callable from any thread but not from an observer. Returns after the observers have run.
    @discardableResult
    public func adopt(_ snapshot: RingSnapshot) -> AdoptionOutcome {
        observers.withLock { observers in
            let outcome = swap(snapshot)
            if case .adopted = outcome {
                for observer in observers { observer(snapshot) }
            }
            return outcome
        }
    }

    /// Counts a document that was refused before it became a snapshot.
    public func count(_ refusal: RingRefusal) {
        content.withLock { $0.refusals[refusal.label, default: 0] += 1 }
    }

    /// Calls `body` with every ring that is adopted from now on, in order, and at once with the current one.
    ///
    /// It runs on whatever thread adopts, which waits for it: hand the work to a loop and return. It must not call `adopt` or
    /// `observe`. An observer lives until `endObserving`.
    public func observe(_ body: @escaping @Sendable (RingSnapshot) -> Void) {
        observers.withLock { observers in
            observers.append(body)
            if let current { body(current) }
        }
    }

    /// Lets go of all observers and of what they hold on to; for the end of whoever follows this cache.
    public func endObserving() { observers.withLock { $0 = [] } }

    private func swap(_ snapshot: RingSnapshot) -> AdoptionOutcome {
        content.withLock { content in
            let outcome = decide(snapshot, holding: content.snapshot)
            switch outcome {
            case .adopted:
                content.snapshot = snapshot
                content.adoptedAt = .now
                swaps.add(1, ordering: .releasing)
            case .same: break
            case .refused(let refusal): content.refusals[refusal.label, default: 0] += 1
            }
            return outcome
        }
    }

    private func decide(_ snapshot: RingSnapshot, holding held: RingSnapshot?) -> AdoptionOutcome {
        guard snapshot.service == service else { return .refused(.otherService(snapshot.service)) }
        switch Adoption.decide(holding: held?.version, offered: snapshot.version) {
        case .adopt: return .adopted
        case .same: return .same
        case .lower: return .refused(.lower(snapshot.epoch))
        case .conflict: return .refused(.conflict(snapshot.epoch))
        }
    }

    /// The number of swaps so far, without a lock.
    var swapCount: UInt64 { swaps.load(ordering: .acquiring) }

    /// The newest ring with its number; waits for the lock, which is held for a few instructions.
    func read() -> (swaps: UInt64, snapshot: RingSnapshot?) {
        content.withLock { (swaps.load(ordering: .relaxed), $0.snapshot) }
    }

    /// The newest ring with its number, unless another thread holds the lock right now.
    func readIfFree() -> (swaps: UInt64, snapshot: RingSnapshot?)? {
        content.withLockIfAvailable { (swaps.load(ordering: .relaxed), $0.snapshot) }
    }
}

/// What became of a snapshot that was offered to a `RingCache`.
public enum AdoptionOutcome: Hashable, Sendable {
    /// It is the current ring now.
    case adopted
    /// It is the one held already.
    case same
    /// It was counted and ignored.
    case refused(RingRefusal)
}
