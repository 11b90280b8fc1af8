/// The first 2 to 14 bytes of a frame, checked as far as one frame alone can be (RFC 6455 §5.2, §5.5).
struct FrameHeader {
    let opcode: Opcode
    let isFinal: Bool
    /// Bytes of payload that the peer announces. Not yet compared with any limit: never allocate from it.
    let payloadCount: UInt64
    /// The masking key as it lies in memory; 0 for an unmasked frame.
    let mask: UInt32
    /// Bytes of this header.
    let headerCount: Int

    /// Reads a header at `offset`; nil if it has not arrived whole. What two bytes can prove wrong is reported without
    /// waiting for more.
    @inline(__always)
    static func read(
        _ bytes: UnsafeRawBufferPointer, at offset: Int, masked: Bool
    ) throws(FrameViolation) -> FrameHeader? {
        precondition(offset >= 0 && offset <= bytes.count, "an offset outside the buffer")
        let available = bytes.count - offset
        guard available >= 2 else { return nil }
        let first = bytes[offset]
        let second = bytes[offset + 1]
        guard first & 0x70 == 0 else { throw .reservedBits }
        guard let opcode = Opcode(rawValue: first & 0x0f) else { throw .unknownOpcode }
        guard (second & 0x80 != 0) == masked else { throw masked ? .notMasked : .masked }
        let isFinal = first & 0x80 != 0
        let short = second & 0x7f
        if opcode.isControl {
            guard isFinal else { throw .fragmentedControl }
            guard short <= 125 else { throw .longControl }
        }
        let lengthCount = short < 126 ? 0 : short == 126 ? 2 : 8
        let headerCount = 2 + lengthCount + (masked ? 4 : 0)
        // A length that can't be right is reported before the key has arrived.
        guard available >= 2 + lengthCount else { return nil }
        let payloadCount: UInt64
        switch lengthCount {
        case 0: payloadCount = UInt64(short)
        case 2:
            payloadCount = UInt64(bytes.bigEndian(UInt16.self, at: offset + 2))
            guard payloadCount >= 126 else { throw .longLength }
        default:
            payloadCount = bytes.bigEndian(UInt64.self, at: offset + 2)
            guard payloadCount < 1 << 63 else { throw .hugeLength }
            guard payloadCount > 0xffff else { throw .longLength }
        }
        guard available >= headerCount else { return nil }
        var mask: UInt32 = 0
        if masked { mask = bytes.bigEndian(UInt32.self, at: offset + headerCount - 4).byteSwapped }
        return FrameHeader(
            opcode: opcode, isFinal: isFinal, payloadCount: payloadCount, mask: mask, headerCount: headerCount)
    }
}
