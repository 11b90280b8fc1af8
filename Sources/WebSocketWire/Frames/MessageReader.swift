/// Turns the bytes of one side of a WebSocket into messages and control frames (RFC 6455 §5), without I/O.
///
/// ```
///              ┌── control, whole ──▶ .ping .pong .close
/// header ──────┼── data, whole and unfragmented ──▶ .message, in place (the usual way: nothing is copied)
///   ▲          └── data, anything else ──▶ payload ──▶ kept in a buffer
///   │                                       │ │
///   └──── frame complete, message not ◀─────┘ └──▶ message complete ──▶ .message from the buffer
/// ```
/// Call `next` until it says `.needMore`. Bytes it used up lie before `offset` (and were unmasked in place); the rest,
/// at most a header or one control frame, must be presented again in front of the next bytes. An idle reader holds no
/// heap memory, and the value is small enough for a table of them.
public struct MessageReader: ~Copyable {
    /// Which side this reader stands on.
    public enum Role: UInt8, Sendable {
        /// Reads a client's frames, which must be masked.
        case server
        /// Reads a server's frames, which must not be.
        case client
    }

    enum Phase: UInt8 {
        /// The next byte starts a frame.
        case header
        /// Inside the payload of a data frame.
        case payload
        /// A message was handed out from the buffer, which is freed at the next call.
        case delivered
        /// A close frame or a violation was reported; nothing after it counts.
        case ended
    }

    var assembly = AssemblyBuffer()
    /// Bytes of the current frame's payload that have not arrived.
    var remaining: UInt32 = 0
    var mask: UInt32 = 0
    /// Frames of the current message so far.
    var frames: UInt32 = 0
    let limits: MessageLimits
    var text = UTF8Validator()
    let role: Role
    var phase = Phase.header
    /// What the message under assembly is; nil between messages.
    var opcode: DataOpcode?
    /// Whether the current frame ends its message.
    var endsMessage = false

    /// A reader at the first byte after the handshake.
    public init(role: Role, limits: MessageLimits = MessageLimits()) {
        self.role = role
        self.limits = limits
    }

    /// Bytes of heap that this reader holds now; 0 between messages.
    public var heldBytes: Int { assembly.heldBytes }

    /// Frees what is held. The reader takes no more bytes; for tables that outlive their entries.
    public mutating func destroy() {
        assembly.clear()
        phase = .ended
    }

    /// Looks at `bytes` from `offset` on and moves `offset` behind what it used up.
    public mutating func next(_ bytes: UnsafeMutableRawBufferPointer, offset: inout Int) -> ReaderEvent {
        precondition(offset >= 0 && offset <= bytes.count, "an offset outside the buffer")
        do throws(FrameViolation) {
            return try read(bytes, &offset)
        } catch {
            assembly.clear()
            phase = .ended
            offset = bytes.count
            return .violation(error)
        }
    }

    private mutating func read(
        _ bytes: UnsafeMutableRawBufferPointer, _ offset: inout Int
    ) throws(FrameViolation) -> ReaderEvent {
        while true {
            switch phase {
            case .header:
                let isMasked = role == .server
                guard let header = try FrameHeader.read(UnsafeRawBufferPointer(bytes), at: offset, masked: isMasked)
                else { return .needMore }
                if header.opcode.isControl { return try control(header, bytes, &offset) }
                if let whole = try start(header, bytes, &offset) { return whole }
            case .payload:
                try takePayload(bytes, &offset)
                if remaining > 0 { return .needMore }
                phase = .header
                if endsMessage, let message = try finish() { return message }
            case .delivered:
                assembly.clear()
                phase = .header
            case .ended:
                offset = bytes.count
                return .needMore
            }
        }
    }
}
