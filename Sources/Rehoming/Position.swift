/// Where a message stands in what one session was sent: it rises for as long as the session lives, whichever node counts.
///
/// A new owner begins behind everything that the session's gateway or client has seen, and not below (its epoch, 0): so
/// positions stay monotone and nothing has to be handed over for them.
public struct Position: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Before the first message.
    public static let start = Position(epoch: 0, k: 0)

    /// The epoch under which the owner took the session, or a later one.
    public var epoch: UInt64
    /// Counts what the owner sent under it.
    public var k: UInt64

    /// A position of these parts.
    public init(epoch: UInt64, k: UInt64) {
        self.epoch = epoch
        self.k = k
    }

    /// The next one of the same owner.
    public var next: Position { Position(epoch: epoch, k: k + 1) }

    /// Epoch first, then count.
    public static func < (left: Position, right: Position) -> Bool {
        left.epoch == right.epoch ? left.k < right.k : left.epoch < right.epoch
    }

    /// `1795358857087-12`, as clients see it.
    public var description: String { "\(epoch)-\(k)" }
}
