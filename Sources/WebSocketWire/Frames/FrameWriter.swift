import ClusterModel

/// Writes frames (RFC 6455 §5.2) into memory that the caller provides; every message is one unfragmented frame.
///
/// A server writes without a mask. A client must pass one, fresh and unpredictable for every frame (§5.3).
public enum FrameWriter {
    /// The longest header: 2 bytes, a 64 bit length, a masking key.
    public static let maxHeaderCount = 14

    /// Bytes of the header before a payload of this size.
    @inlinable
    public static func headerCount(payloadCount: Int, masked: Bool = false) -> Int {
        (payloadCount < 126 ? 2 : payloadCount < 65536 ? 4 : 10) + (masked ? 4 : 0)
    }

    /// Bytes of a whole frame.
    @inlinable
    public static func frameCount(payloadCount: Int, masked: Bool = false) -> Int {
        headerCount(payloadCount: payloadCount, masked: masked) + payloadCount
    }

    /// Writes a header to the start of `bytes`, which must have room, and returns its size.
    @discardableResult
    public static func writeHeader(
        _ opcode: Opcode, payloadCount: Int, mask: UInt32? = nil, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(payloadCount >= 0, "a payload has no negative size")
        precondition(!opcode.isControl || payloadCount <= 125, "a control frame has at most 125 bytes")
        let count = headerCount(payloadCount: payloadCount, masked: mask != nil)
        precondition(bytes.count >= count, "no room for the frame's header")
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        bytes.put(0x80 | opcode.rawValue, at: 0)
        if payloadCount < 126 {
            bytes.put(maskBit | UInt8(payloadCount), at: 1)
        } else if payloadCount < 65536 {
            bytes.put(maskBit | 126, at: 1)
            bytes.putBigEndian(UInt16(payloadCount), at: 2)
        } else {
            bytes.put(maskBit | 127, at: 1)
            bytes.putBigEndian(UInt64(payloadCount), at: 2)
        }
        if let mask { bytes.putBigEndian(mask.byteSwapped, at: count - 4) }
        return count
    }

    /// Writes a whole frame to the start of `bytes`, which must have room (`frameCount`), and returns its size.
    /// `payload` must not overlap `bytes`.
    @discardableResult
    public static func write(
        _ opcode: Opcode, _ payload: UnsafeRawBufferPointer, mask: UInt32? = nil,
        into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        let headerCount = writeHeader(opcode, payloadCount: payload.count, mask: mask, into: bytes)
        let body = bytes.slice(at: headerCount, count: payload.count)
        body.copyMemory(from: payload)
        if let mask { Masking.apply(mask, to: body) }
        return headerCount + payload.count
    }

    /// A whole frame as an array, for rare frames and for tools.
    public static func bytes(_ opcode: Opcode, _ payload: [UInt8] = [], mask: UInt32? = nil) -> [UInt8] {
        let count = frameCount(payloadCount: payload.count, masked: mask != nil)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            payload.withUnsafeBytes {
                filled = write(opcode, $0, mask: mask, into: UnsafeMutableRawBufferPointer(buffer))
            }
        }
    }

    /// A close frame; see `ClosePayload.bytes` for what becomes of bad codes and long reasons.
    public static func close(code: CloseCode?, reason: String = "", mask: UInt32? = nil) -> [UInt8] {
        bytes(.close, ClosePayload.bytes(code: code, reason: reason), mask: mask)
    }
}
