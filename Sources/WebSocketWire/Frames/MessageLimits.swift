/// What one message may cost.
public struct MessageLimits: Sendable, Hashable {
    /// Bytes of one message over all its frames. Default 1 MiB, at most 2^31 - 1; over it: 1009.
    public let maxMessageBytes: UInt32
    /// Frames of one message. Default 1,024, so that a megabyte can't come as a million frames; over it: 1008.
    public let maxFrames: UInt32

    /// Limits with these bounds, cut to what the reader can count.
    public init(maxMessageBytes: Int = 1 << 20, maxFrames: Int = 1024) {
        self.maxMessageBytes = UInt32(min(max(maxMessageBytes, 0), Int(Int32.max)))
        self.maxFrames = UInt32(min(max(maxFrames, 1), Int(Int32.max)))
    }
}
