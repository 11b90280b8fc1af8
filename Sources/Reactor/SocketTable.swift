import Glibc

/// What the loop knows of one descriptor. All zero means free, so a table can be memory that the kernel has not touched yet.
struct Slot {
    enum Phase: UInt8 {
        case free, listening, connecting, open
        /// Being flushed, then shut down; nothing is read for the handler any more.
        case closing
        /// Our FIN is out; input is thrown away until the peer's comes or the time is up.
        case lingering
        /// Will be released at the end of the round.
        case dead
    }
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let paused = Flags(rawValue: 1)
        static let inputEnded = Flags(rawValue: 2)
        /// The kernel took no more bytes; EPOLLOUT is being waited for.
        static let blocked = Flags(rawValue: 4)
        /// In the loop's list of sockets with bytes to send.
        static let dirty = Flags(rawValue: 8)
        /// In the loop's list of sockets whose kept bytes are to be presented again.
        static let represent = Flags(rawValue: 16)
        /// Speaks TLS: it has an entry among the loop's secure sockets. At a listener: its connections do.
        static let secure = Flags(rawValue: 64)
        /// Came in through the accept gate, and gives its place back at the end. At a listener: its connections do.
        static let gated = Flags(rawValue: 128)
    }

    var generation: UInt32
    var interest: UInt32
    var phase: Phase
    var flags: Flags
    var handler: UInt16
    var reason: CloseReason
    var bound: Int32
    /// Bytes received and not used up.
    var unread: PooledBuffer
    var unreadCount: Int32
    /// Bytes to send: `out.base + outHead ..< out.base + outTail`.
    var out: PooledBuffer
    var outHead: Int32
    var outTail: Int32

    var queued: Int { Int(outTail) - Int(outHead) }
    var readable: Bool { phase == .open && flags.isDisjoint(with: [.paused, .inputEnded]) }
}

/// The slots of one loop, by descriptor.
///
/// The memory is mapped for every descriptor the process may open, and touched only where one is: 10,000 sockets cost
/// their own slots and no more. A descriptor at or above `limit` is refused by the loop.
struct SocketTable {
    let limit: Int
    private let slots: UnsafeMutablePointer<Slot>

    init(limit: Int) {
        self.limit = limit
        guard let memory = calloc(limit, MemoryLayout<Slot>.stride) else {
            preconditionFailure("out of memory for a table of \(limit) sockets")
        }
        slots = memory.bindMemory(to: Slot.self, capacity: limit)
    }

    func destroy() { free(slots) }

    /// The slot of a descriptor; the descriptor is one the loop itself opened, or was checked with `contains`.
    @inline(__always)
    func slot(_ index: Int32) -> UnsafeMutablePointer<Slot> {
        precondition(index >= 0 && Int(index) < limit, "no such descriptor in this loop's table")
        return slots + Int(index)
    }

    @inline(__always)
    func contains(_ index: Int32) -> Bool { index >= 0 && Int(index) < limit }

    /// The slot a living id names; nil if the id is stale.
    @inline(__always)
    func live(_ id: SocketID) -> UnsafeMutablePointer<Slot>? {
        guard contains(id.index) else { return nil }
        let slot = slots + Int(id.index)
        guard slot.pointee.generation == id.generation, slot.pointee.phase != .free else { return nil }
        return slot
    }
}
