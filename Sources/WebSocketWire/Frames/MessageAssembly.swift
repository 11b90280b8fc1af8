/// A message that comes in parts which are no frames of a WebSocket: it is held to the same rules, and the bytes are kept until
/// the last one is here. What is held grows by what has really arrived.
///
/// An object, and not a part of its session, since only a message in several parts needs one.
public final class MessageAssembly {
    private let opcode: DataOpcode
    private let maxBytes: Int
    private var text = UTF8Validator()
    private var kept = AssemblyBuffer()

    /// Before the first part of a message of at most `maxBytes` (cut to 2^31 - 1).
    public init(_ opcode: DataOpcode, maxBytes: Int) {
        self.opcode = opcode
        self.maxBytes = min(max(maxBytes, 0), Int(Int32.max))
    }

    /// Bytes of heap held.
    public var heldBytes: Int { kept.heldBytes }

    /// Takes the next part.
    ///
    /// - Throws: `tooBig` or `invalidText`, at the first byte that is over the limit or can't be right. Take nothing more then.
    public func append(_ part: UnsafeRawBufferPointer) throws(FrameViolation) {
        guard part.count <= maxBytes - Int(kept.count) else { throw .tooBig }
        if opcode == .text, !text.accept(part) { throw .invalidText }
        kept.append(part, expected: UInt32(maxBytes))
    }

    /// The whole message, after its last part. The bytes live as long as this object.
    ///
    /// - Throws: `invalidText` if it ends inside a character.
    public func finish() throws(FrameViolation) -> UnsafeMutableRawBufferPointer {
        if opcode == .text, !text.isComplete { throw .invalidText }
        return kept.bytes
    }

    /// The same rules for a message that is whole already.
    public static func check(
        _ message: UnsafeRawBufferPointer, _ opcode: DataOpcode, maxBytes: Int
    ) throws(FrameViolation) {
        guard message.count <= maxBytes else { throw .tooBig }
        if opcode == .text, !UTF8Validator.isValid(message) { throw .invalidText }
    }
}

extension FrameViolation {
    /// Parts that are of no one message: 1011, since it is not the client who sends them.
    public static let brokenChunks = FrameViolation(
        code: .internalError, reason: "the chunks of a message do not fit together")
}
