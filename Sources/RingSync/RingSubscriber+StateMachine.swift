import ClusterModel
import Reactor
import RedisLink

extension RingSubscriber {
    /// Decides when to read the store, what to build a ring from and what to refuse. No socket, no clock, no ring.
    ///
    /// ```
    /// confirmed ─┐
    /// refresh ───┼─▶ ask (epoch, digest) ─newer or other─▶ fetch (document) ─▶ offer ─▶ build ─▶ built
    /// every ~3 s ┘         │ same, older: done                                  ▲
    /// channel: a hint ─newer or other─▶ fetch          channel: a document ─────┘
    /// ```
    /// Reading again every few seconds is not for speed but for truth: pub/sub is at most once. Asking for two short fields
    /// first keeps it cheap when the document has megabytes.
    struct StateMachine {
        enum Source: Hashable, Sendable { case channel, store }

        enum Action: Equatable {
            /// Read `epoch` and `digest`; answer with `asked`.
            case ask
            /// Read `document`; answer with `fetched`.
            case fetch
            /// Make a snapshot of the bytes and offer it to the cache; answer with `built`. One at a time.
            case build([UInt8], Source)
            /// Count and report.
            case refuse(RingRefusal)
            /// Report what the cache has counted already.
            case report(RingRefusal)
        }

        enum Built: Sendable {
            case adopted
            case same
            case refused(RingRefusal)
        }

        private enum Reading { case idle, asking, fetching }

        private struct Document {
            let bytes: [UInt8]
            let digest: UInt64
            let source: Source
        }

        private(set) var held: RingVersion?
        private let every: Duration
        /// Between two reads that others ask for: many who see a higher epoch at once cause one read.
        private let gap: Duration
        private var random: SplitMix64
        private var reading = Reading.idle
        private var nextRead = MonotonicTime(nanoseconds: .max)
        private var lastRead = MonotonicTime(nanoseconds: .min)
        /// A fetch was asked for while another read was under way.
        private var wantsFetch = false
        private var building: Document?
        /// Came while another was built; a newer one takes its place.
        private var waiting: Document?
        /// The digest of a document of the store that was refused: not built again at every read, but counted.
        private var refused: (digest: UInt64, refusal: RingRefusal)?

        init(every: Duration = .seconds(3), gap: Duration = .milliseconds(100), seed: UInt64) {
            self.every = every
            self.gap = gap
            random = SplitMix64(state: seed)
        }

        /// When `tick` has something to do next.
        var nextDeadline: MonotonicTime? { reading == .idle ? nextRead : nil }

        /// Whether no read is under way and nothing that was read is still to be adopted.
        var isSettled: Bool { reading == .idle && building == nil }

        mutating func start(now: MonotonicTime) -> [Action] { read(at: now, now: now) }

        /// Only a read that begins after the confirmation sees all that will not be announced.
        mutating func confirmed(now: MonotonicTime) -> [Action] {
            read(at: now, now: now)
        }

        /// The command connection is back: do not wait for the next turn.
        mutating func connected(now: MonotonicTime) -> [Action] { read(at: now, now: now) }

        /// Someone has seen a higher epoch.
        mutating func refresh(now: MonotonicTime) -> [Action] { read(at: max(now, lastRead + gap), now: now) }

        mutating func tick(now: MonotonicTime) -> [Action] {
            guard reading == .idle, nextRead <= now else { return [] }
            return begin(fetching: held == nil || wantsFetch, now)
        }

        mutating func message(_ bytes: [UInt8], now: MonotonicTime) -> [Action] {
            if let digest = RingHint.digest(ofDocument: bytes) {
                return offer(Document(bytes: bytes, digest: digest, source: .channel))
            }
            guard let hint = RingHint.read(bytes) else { return [.refuse(.unreadable)] }
            switch Adoption.decide(holding: held, offered: hint) {
            case .adopt, .conflict: return fetch(now)
            case .same: return []
            case .lower: return [.refuse(.lower(hint.epoch))]
            }
        }

        /// The store's epoch and digest; nil if it holds no ring or its fields are spoilt (then the document decides).
        mutating func asked(_ stored: RingVersion?, now: MonotonicTime) -> [Action] {
            guard reading == .asking else { return [] }
            reading = .idle
            guard let stored else { return begin(fetching: true, now) }
            switch Adoption.decide(holding: held, offered: stored) {
            case .adopt, .conflict:
                if let refused, refused.digest == stored.digest { return [.refuse(refused.refusal)] + finish(now) }
                return begin(fetching: true, now)
            case .same: return finish(now)
            case .lower: return [.refuse(.lower(stored.epoch))] + finish(now)
            }
        }

        /// The store's document; nil if it holds none.
        mutating func fetched(_ bytes: [UInt8]?, now: MonotonicTime) -> [Action] {
            guard reading == .fetching else { return [] }
            reading = .idle
            guard let bytes else { return finish(now) }
            return offer(Document(bytes: bytes, digest: RingHint.digest(ofDocument: bytes) ?? 0, source: .store))
                + finish(now)
        }

        mutating func readFailed(now: MonotonicTime) -> [Action] {
            guard reading != .idle else { return [] }
            reading = .idle
            return finish(now)
        }

        /// - Parameter current: what the cache holds now; others may have adopted too (a registry adopts what it commits).
        mutating func built(_ result: Built, current: RingVersion?, now: MonotonicTime) -> [Action] {
            guard let document = building else { return [] }
            building = nil
            held = current
            var actions: [Action] = []
            switch result {
            case .adopted: refused = nil
            case .same: break
            case .refused(.conflict(let epoch)):
                // Ring v1 §7: of two documents with one epoch the store's is asked for, once.
                if document.source == .channel { actions += fetch(now) } else { remember(document, .conflict(epoch)) }
                actions.append(.report(.conflict(epoch)))
            case .refused(let refusal):
                remember(document, refusal)
                actions.append(.report(refusal))
            }
            if let next = waiting {
                waiting = nil
                actions += offer(next)
            }
            return actions
        }

        private mutating func remember(_ document: Document, _ refusal: RingRefusal) {
            refused = (document.digest, refusal)
        }

        private mutating func offer(_ document: Document) -> [Action] {
            if document.digest == held?.digest || document.digest == building?.digest { return [] }
            if let refused, refused.digest == document.digest, document.digest != 0 {
                return [.refuse(refused.refusal)]
            }
            guard building == nil else {
                waiting = document
                return []
            }
            building = document
            return [.build(document.bytes, document.source)]
        }

        private mutating func read(at time: MonotonicTime, now: MonotonicTime) -> [Action] {
            nextRead = min(nextRead, time)
            return tick(now: now)
        }

        private mutating func fetch(_ now: MonotonicTime) -> [Action] {
            wantsFetch = true
            return read(at: now, now: now)
        }

        private mutating func begin(fetching: Bool, _ now: MonotonicTime) -> [Action] {
            if nextRead <= now { nextRead = MonotonicTime(nanoseconds: .max) }
            lastRead = now
            reading = fetching ? .fetching : .asking
            if fetching { wantsFetch = false }
            return [fetching ? .fetch : .ask]
        }

        /// A read is over. One that was asked for meanwhile begins now or soon, else the next turn is planned.
        private mutating func finish(_ now: MonotonicTime) -> [Action] {
            let spread = every.nanoseconds / 5
            let turn = every.nanoseconds + Int64.random(in: -spread...spread, using: &random)
            nextRead = min(nextRead, now + .nanoseconds(turn))
            return tick(now: now)
        }
    }
}
