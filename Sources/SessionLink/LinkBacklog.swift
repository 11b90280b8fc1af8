/// What may cross a link for one session that moves. Far above what a process keeps (256 messages, 1 MiB), so that
/// processes with other bounds understand each other, and far below what would hurt.
public enum LinkBacklog {
    /// Messages.
    public static let maxMessages = 4096
    /// Bytes of all but the last: a single message may be larger.
    public static let maxBytes = 4 << 20
    /// Bytes of an application's state.
    public static let maxStateBytes = 64 << 10
    /// What an application may put around a message, above the largest message of a client.
    public static let frameRoom = 64 << 10
}

/// Counts the kept messages that follow an adopt or a fetched, against the bounds and against what was announced.
public struct LinkBacklogCount: Sendable, Hashable {
    /// Messages that have not come.
    public private(set) var missing: Int
    private var bytes = 0

    /// So many messages were announced in a frame of that kind.
    public init(announced: UInt32, in kind: LinkKind) throws(LinkError) {
        guard announced <= LinkBacklog.maxMessages else { throw .backlogTooBig(kind) }
        missing = Int(announced)
    }

    /// One of them came.
    public mutating func took(byteCount: Int) throws(LinkError) {
        guard missing > 0 else { throw .outOfOrder(.kept) }
        guard bytes <= LinkBacklog.maxBytes else { throw .backlogTooBig(.kept) }
        missing -= 1
        bytes += byteCount
    }
}
