import ClusterModel

/// A rule of RFC 6455 or a limit that the peer broke, with the code to close with.
public struct FrameViolation: Error, Sendable {
    /// 1002, 1007, 1008 or 1009; 1011 for what not the client did wrong.
    public let code: CloseCode
    /// What was wrong; short enough for a close reason.
    public let reason: StaticString

    /// A rule of a protocol around the frames, broken.
    public init(code: CloseCode, reason: StaticString) {
        self.code = code
        self.reason = reason
    }

    static let reservedBits = FrameViolation(code: .protocolError, reason: "reserved bits are set")
    static let unknownOpcode = FrameViolation(code: .protocolError, reason: "unknown opcode")
    static let notMasked = FrameViolation(code: .protocolError, reason: "a client's frame is not masked")
    static let masked = FrameViolation(code: .protocolError, reason: "a server's frame is masked")
    static let fragmentedControl = FrameViolation(code: .protocolError, reason: "a control frame is fragmented")
    static let longControl = FrameViolation(code: .protocolError, reason: "a control frame is longer than 125 bytes")
    static let longLength = FrameViolation(code: .protocolError, reason: "a length is not in its shortest form")
    static let hugeLength = FrameViolation(code: .protocolError, reason: "the highest bit of a length is set")
    static let noMessage = FrameViolation(code: .protocolError, reason: "a continuation without a message")
    static let unfinished = FrameViolation(code: .protocolError, reason: "a message inside a message")
    static let tooManyFrames = FrameViolation(code: .policyViolation, reason: "too many frames in a message")
    /// A message over its limit: 1009.
    public static let tooBig = FrameViolation(code: .messageTooBig, reason: "the message is too big")
    /// Text that is not UTF-8: 1007.
    public static let invalidText = FrameViolation(code: .invalidText, reason: "the text is not UTF-8")
    static let shortClose = FrameViolation(code: .protocolError, reason: "a close frame of one byte")
    /// A close code that may not stand in a close frame: 1002.
    public static let badCloseCode = FrameViolation(code: .protocolError, reason: "a close code that is never sent")
    /// A close reason that is not UTF-8: 1007.
    public static let badCloseReason = FrameViolation(code: .invalidText, reason: "the close reason is not UTF-8")
}
