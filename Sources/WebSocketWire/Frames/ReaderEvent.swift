/// What a `MessageReader` found next. Buffers are valid until the next call of the reader or the next change of the
/// bytes it was given, whichever is first, and may be changed in place; an empty one may have no address.
public enum ReaderEvent {
    /// Nothing more until more bytes arrive. Bytes behind the offset must be presented again.
    case needMore
    /// A whole message.
    case message(DataOpcode, UnsafeMutableRawBufferPointer)
    /// Answer with a pong of the same payload.
    case ping(UnsafeMutableRawBufferPointer)
    /// A pong, asked for or not.
    case pong(UnsafeMutableRawBufferPointer)
    /// The peer's close frame with a valid code (nil: none was given) and a reason in UTF-8. The last event.
    case close(code: UInt16?, reason: UnsafeRawBufferPointer)
    /// A broken rule. Close with its code; the last event.
    case violation(FrameViolation)
}
