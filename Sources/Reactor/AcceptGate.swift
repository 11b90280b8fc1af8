import Synchronization

/// Whether one more connection may come in: one gate for all loops of a process that take clients.
///
/// ```
/// listener ready ─▶ enter ─▶ accept … close ─▶ leave
///                     └────▶ full ─▶ the listener pauses; newcomers wait in the kernel's queue
///                                        └─▶ room again ─▶ every loop that paused goes on
/// ```
/// A descriptor that a client takes is one that a link, Redis or the admin port can't have, and memory that waits for slow
/// clients is memory that nobody else has: so accept stops *before* either runs out, and those who are in lose nothing.
/// With one listener per loop on one port the kernel has already chosen a loop for each newcomer; therefore a loop that paused
/// is woken by room that another loop made, and no newcomer waits for a loop whose own clients happen to stay.
public final class AcceptGate: Sendable {
    /// What a process holds at most.
    public struct Bounds: Sendable, Hashable {
        /// Connections that came in through gated listeners and are still open.
        public var connections: Int
        /// Bytes that wait in memory for clients, and of clients: queues, and messages that are not complete.
        public var heldBytes: Int

        /// Bounds; without values none.
        public init(connections: Int = .max, heldBytes: Int = .max) {
            self.connections = max(1, connections)
            self.heldBytes = max(1, heldBytes)
        }

        /// Paused listeners go on from here down, so that a single close does not make a crowd of loops run for one place.
        var resumeConnections: Int { connections - max(1, min(64, connections / 32)) }
        var resumeBytes: Int { heldBytes / 8 * 7 }
        /// Where relief ends: well below the bound, so that it is not needed again at once.
        var reliefBytes: Int { heldBytes / 4 * 3 }
    }

    private struct State {
        var paused: [LoopHandle] = []
        var members: [LoopHandle] = []
        var pauses: [AcceptPause.Reason: Int] = [:]
        var unreported = 0
        var lastReport: MonotonicTime?
        var lastRelief: MonotonicTime?
    }

    /// The least time between two reports of all loops together.
    static let reportEvery = Duration.seconds(1)
    /// The least time between two rounds of relief: closes need a moment to give their memory back.
    static let reliefEvery = Duration.milliseconds(250)

    /// The bounds it keeps.
    public let bounds: Bounds
    private let connections = Atomic<Int>(0)
    private let held = Atomic<Int>(0)
    private let pausedLoops = Atomic<Int>(0)
    private let state = Locked(State())

    /// A gate with these bounds; without bounds it is always open.
    public init(bounds: Bounds = Bounds()) { self.bounds = bounds }

    /// Connections that are open now.
    public var openConnections: Int { connections.load(ordering: .relaxed) }
    /// Bytes that are held now, good to 64 KiB per loop.
    public var heldBytes: Int { held.load(ordering: .relaxed) }
    /// Loops whose listeners are paused now.
    public var pausedNow: Int { pausedLoops.load(ordering: .relaxed) }
    /// How often a loop paused, by reason.
    public var pauses: [AcceptPause.Reason: Int] { state.withLock { $0.pauses } }

    // MARK: Connections

    /// Takes a place, or says why there is none.
    func enter() -> AcceptPause.Reason? {
        if held.load(ordering: .relaxed) > bounds.heldBytes { return .memory }
        if connections.add(1, ordering: .sequentiallyConsistent).newValue <= bounds.connections { return nil }
        connections.subtract(1, ordering: .relaxed)
        return .descriptors
    }

    /// Takes a place though there may be none: for a connection that is only changing its loop.
    func enterAnyway() { connections.add(1, ordering: .relaxed) }

    /// Gives a place back.
    func leave() {
        connections.subtract(1, ordering: .sequentiallyConsistent)
        wakeIfRoom()
    }

    /// Whether paused listeners may go on.
    var hasRoom: Bool {
        connections.load(ordering: .sequentiallyConsistent) <= bounds.resumeConnections
            && held.load(ordering: .sequentiallyConsistent) <= bounds.resumeBytes
    }

    // MARK: Pauses

    /// A loop takes clients through this gate.
    func join(_ loop: LoopHandle) {
        state.withLock { state in
            if !state.members.contains(loop) { state.members.append(loop) }
        }
    }

    /// A loop paused; it is posted a resume when there is room.
    ///
    /// - Returns: what to report, if this process has been silent about it for a second.
    func paused(_ loop: LoopHandle, _ reason: AcceptPause.Reason, errno code: Int32, at now: MonotonicTime)
        -> AcceptPause?
    {
        state.withLock { state in
            add(loop, to: &state)
            state.pauses[reason, default: 0] += 1
            state.unreported += 1
            if let last = state.lastReport, now - last < Self.reportEvery { return nil }
            state.lastReport = now
            defer { state.unreported = 0 }
            return AcceptPause(reason: reason, errno: code, times: state.unreported)
        }
    }

    /// A loop was woken for nothing: others took the room.
    func stillPaused(_ loop: LoopHandle) { state.withLock { add(loop, to: &$0) } }

    private func add(_ loop: LoopHandle, to state: inout State) {
        guard !state.paused.contains(loop) else { return }
        state.paused.append(loop)
        pausedLoops.store(state.paused.count, ordering: .sequentiallyConsistent)
    }

    /// A loop goes on.
    func resumed(_ loop: LoopHandle) {
        state.withLock { state in
            state.paused.removeAll { $0 == loop }
            pausedLoops.store(state.paused.count, ordering: .sequentiallyConsistent)
        }
    }

    private func wakeIfRoom() {
        guard pausedLoops.load(ordering: .sequentiallyConsistent) > 0, hasRoom else { return }
        // Each is woken once; it says so if it has to go on waiting.
        let loops = state.withLock { state in
            defer { state.paused = [] }
            pausedLoops.store(0, ordering: .sequentiallyConsistent)
            return state.paused
        }
        for loop in loops { loop.post { $0.resumeListeners() } }
    }

    // MARK: Memory

    /// A loop holds so many bytes more (or fewer) than it said last.
    func note(heldBytes change: Int, at now: MonotonicTime) {
        let total = held.add(change, ordering: .sequentiallyConsistent).newValue
        if total > bounds.heldBytes { relieve(at: now) } else if change < 0 { wakeIfRoom() }
    }

    /// Asks every loop to let go of its share, if too much is held: those who hold most go first.
    func relieve(at now: MonotonicTime) {
        let total = held.load(ordering: .relaxed)
        guard total > bounds.heldBytes else { return }
        let members = state.withLock { state -> [LoopHandle] in
            if let last = state.lastRelief, now - last < Self.reliefEvery { return [] }
            state.lastRelief = now
            return state.members
        }
        let share = Double(total - bounds.reliefBytes) / Double(total)
        for loop in members { loop.post { $0.relieve(share: share) } }
    }
}

/// A pause of accept that is worth a log line: at most one a second, over all loops of a process.
public struct AcceptPause: Sendable, Equatable, CustomStringConvertible {
    /// What runs out.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// As many connections are open as the descriptors that are not reserved allow.
        case descriptors
        /// Too many bytes wait for slow clients, or of clients that do not finish their messages.
        case memory
        /// The kernel refused: the process or the machine is out of descriptors or memory after all.
        case kernel
    }

    /// What ran out.
    public let reason: Reason
    /// The kernel's error; 0 unless it was the kernel that refused.
    public let errno: Int32
    /// Pauses since the last report, this one included.
    public let times: Int

    /// What runs out, in words.
    public var description: String {
        switch reason {
        case .descriptors: "all descriptors but the reserve are in use"
        case .memory: "too many bytes wait for slow clients"
        case .kernel: "the kernel is out of descriptors or memory (errno \(errno))"
        }
    }
}
