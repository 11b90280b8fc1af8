/// What a frame is (RFC 6455 §5.2); the other eleven values are reserved.
public enum Opcode: UInt8, Sendable, Hashable, CaseIterable {
    /// More of the message before it.
    case continuation = 0
    /// The start of a UTF-8 message.
    case text = 1
    /// The start of a binary message.
    case binary = 2
    /// The end of the conversation, with an optional code and reason.
    case close = 8
    /// Answer with a pong of the same payload.
    case ping = 9
    /// The answer to a ping, or a sign of life.
    case pong = 10

    /// Control frames are short, never fragmented, and may stand between fragments.
    @inlinable
    public var isControl: Bool { rawValue >= 8 }
}

/// What a message is.
public enum DataOpcode: UInt8, Sendable, Hashable, CaseIterable {
    /// UTF-8.
    case text = 1
    /// Any bytes.
    case binary = 2

    /// The same as an opcode of a frame.
    @inlinable
    public var opcode: Opcode { self == .text ? .text : .binary }
}
