/// One frame as it lies in a read buffer. The payload is a view: valid as long as the buffer is.
public struct LinkFrame {
    /// The header.
    public let header: LinkHeader
    /// Exactly `header.payloadCount` bytes.
    public let payload: UnsafeRawBufferPointer

    /// The leg, or `LegID.link`.
    public var leg: LegID { header.leg }
    /// What the frame is.
    public var kind: LinkKind { header.kind }

    /// The frame that starts at `offset`, and moves `offset` behind it; nil (and `offset` stays) until it has arrived
    /// whole. Whatever two bytes of length announce, nothing is kept or allocated here.
    public static func next(
        _ bytes: UnsafeRawBufferPointer, offset: inout Int
    ) throws(LinkError) -> LinkFrame? {
        guard let header = try LinkHeader.read(bytes, at: offset) else { return nil }
        let start = offset + LinkHeader.count
        guard bytes.count - start >= header.payloadCount else { return nil }
        offset = start + header.payloadCount
        return LinkFrame(header: header, payload: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]))
    }

    /// Bytes of a whole frame with this much payload.
    @inlinable
    public static func count(payloadCount: Int) -> Int { LinkHeader.count + payloadCount }

    /// Writes a message of a leg (`LinkKind.isMessage`), or one chunk of it, to the start of `bytes`, which must have room,
    /// and returns the size of the frame. `payload` has at most `LinkChunk.size` bytes and must not overlap `bytes`.
    @discardableResult
    public static func writeMessage(
        _ kind: LinkKind, leg: LegID, _ payload: UnsafeRawBufferPointer, hasMore: Bool = false,
        into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        let total = LinkHeader.count + payload.count
        precondition(bytes.count >= total, "no room for a link frame")
        LinkHeader(kind, leg: leg, payloadCount: payload.count, flags: hasMore ? LinkHeader.moreFlag : 0)
            .write(into: bytes)
        UnsafeMutableRawBufferPointer(rebasing: bytes[LinkHeader.count..<total]).copyMemory(from: payload)
        return total
    }
}
