/// A rule of RFC 6455 or a limit that the peer broke, with the code to close with.
public struct FrameViolation: Error, Sendable {
    /// 1002, 1007, 1008 or 1009.
    public let code: UInt16
    /// What was wrong; short enough for a close reason.
    public let reason: StaticString

    static let reservedBits = FrameViolation(code: 1002, reason: "reserved bits are set")
    static let unknownOpcode = FrameViolation(code: 1002, reason: "unknown opcode")
    static let notMasked = FrameViolation(code: 1002, reason: "a client's frame is not masked")
    static let masked = FrameViolation(code: 1002, reason: "a server's frame is masked")
    static let fragmentedControl = FrameViolation(code: 1002, reason: "a control frame is fragmented")
    static let longControl = FrameViolation(code: 1002, reason: "a control frame is longer than 125 bytes")
    static let longLength = FrameViolation(code: 1002, reason: "a length is not in its shortest form")
    static let hugeLength = FrameViolation(code: 1002, reason: "the highest bit of a length is set")
    static let noMessage = FrameViolation(code: 1002, reason: "a continuation without a message")
    static let unfinished = FrameViolation(code: 1002, reason: "a message inside a message")
    static let tooManyFrames = FrameViolation(code: 1008, reason: "too many frames in a message")
    static let tooBig = FrameViolation(code: 1009, reason: "the message is too big")
    static let invalidText = FrameViolation(code: 1007, reason: "the text is not UTF-8")
    static let shortClose = FrameViolation(code: 1002, reason: "a close frame of one byte")
    static let badCloseCode = FrameViolation(code: 1002, reason: "a close code that is never sent")
    static let badCloseReason = FrameViolation(code: 1007, reason: "the close reason is not UTF-8")
}
