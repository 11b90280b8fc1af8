/// A message on a leg travels as one frame or, if it is larger than that, as several: its chunks.
///
/// ```
/// leg 7  ▐ more ▌▐ more ▌        ▐ last ▌      every chunk but the last is full, all have the message's kind
/// leg 9                 ▐ whole ▌              other legs' frames, and credit or a close of leg 7, may come between
/// ```
/// So a large message holds up its link's other legs by no more than the window of credit it may have under way, and no
/// reader of a link ever keeps more than a chunk of a message that has not arrived. Since only full chunks may have others
/// behind them, a message of n bytes is ⌈n / size⌉ frames: a stream of tiny or empty chunks is an error at once.
public enum LinkChunk: Sendable, Hashable {
    /// A message in one frame, the usual way.
    case whole
    /// The first of several chunks.
    case first
    /// Neither the first nor the last.
    case middle
    /// The message is complete with this one.
    case last

    /// The most bytes of a message in one frame. With its header it costs a quarter of the window, the amount in which credit
    /// is given back: so one chunk is taken over while three are under way, and each makes a buffer of a round 64 KiB.
    public static let size = Int(Credit.giveBackAt) - LinkHeader.count

    /// Bytes of all frames of a message.
    public static func frameCount(messageCount: Int) -> Int {
        messageCount + max(1, (messageCount + size - 1) / size) * LinkHeader.count
    }

    /// Writes all frames of a message to the start of `bytes`, which must have room (`frameCount`), and returns their size.
    /// `message` must not overlap `bytes`.
    @discardableResult
    public static func writeAll(
        _ kind: LinkKind, leg: LegID, _ message: UnsafeRawBufferPointer, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        var taken = 0
        var written = 0
        repeat {
            let next = min(message.count - taken, size)
            written += LinkFrame.writeMessage(
                kind, leg: leg, UnsafeRawBufferPointer(rebasing: message[taken..<taken + next]),
                hasMore: taken + next < message.count, into: UnsafeMutableRawBufferPointer(rebasing: bytes[written...]))
            taken += next
        } while taken < message.count
        return written
    }
}

/// What the frames of one leg, in one direction, must be to each other. One byte per leg; a small message costs a test of
/// its flag and of this byte.
public struct ChunkOrder: Sendable, Hashable {
    /// The kind of the message that is not complete.
    private var open: LinkKind?

    /// Before the first message.
    public init() {}

    /// Whether a message has begun and is not complete.
    public var isOpen: Bool { open != nil }

    /// Which part of its message a frame is; nil if it breaks the rules, and then the leg is over.
    public mutating func take(_ header: LinkHeader) -> LinkChunk? {
        let isFirst = open == nil
        guard header.hasMore || !isFirst else { return .whole }
        guard isFirst || open == header.kind else { return nil }
        guard header.hasMore else {
            open = nil
            return .last
        }
        guard header.payloadCount == LinkChunk.size else { return nil }
        open = header.kind
        return isFirst ? .first : .middle
    }
}
