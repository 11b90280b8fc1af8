/// The 12 bytes in front of every payload: length u32 · leg u32 · kind u8 · flags u8 · extra u16, little endian.
public struct LinkHeader: Sendable, Hashable {
    /// Bytes of a header.
    public static let count = 12
    /// The most payload of any frame, a forward or a reliable one: a message of 1 MiB and 64 KiB for what stands around it.
    public static let maxPayloadCount = (1 << 20) + (64 << 10)
    /// The flag of a frame of a message (`LinkKind.isMessage`) that goes on in its leg's next one.
    public static let moreFlag: UInt8 = 1

    /// Bytes of payload.
    public let payloadCount: Int
    /// The leg, or `LegID.link`.
    public let leg: LegID
    /// What the frame is.
    public let kind: LinkKind
    /// `moreFlag` or 0; the other bits have no meaning in this version, are written as 0 and ignored.
    public let flags: UInt8
    /// Has no meaning in this version; written as 0 and ignored.
    public let extra: UInt16

    /// Whether the message goes on in its leg's next frame. Has a meaning for kinds of messages only.
    @inlinable
    public var hasMore: Bool { flags & LinkHeader.moreFlag != 0 }

    /// A header for `payloadCount` bytes, which must not be more than the kind may have.
    public init(_ kind: LinkKind, leg: LegID, payloadCount: Int, flags: UInt8 = 0, extra: UInt16 = 0) {
        precondition(payloadCount >= 0 && payloadCount <= kind.maxPayloadCount, "the payload is too big for a link")
        self.payloadCount = payloadCount
        self.leg = leg
        self.kind = kind
        self.flags = flags
        self.extra = extra
    }

    /// Reads the header of a frame that starts at `offset`; nil if it has not arrived whole.
    public static func read(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(LinkError) -> LinkHeader? {
        precondition(offset >= 0 && offset <= bytes.count, "an offset outside the buffer")
        guard bytes.count - offset >= count else { return nil }
        var field = LinkFieldReader(UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + count)]), kind: .hello)
        let payloadCount = Int(try field.number(UInt32.self))
        let leg = LegID(rawValue: try field.number())
        let number: UInt8 = try field.number()
        guard let kind = LinkKind(rawValue: number) else { throw .unknownKind(number) }
        guard payloadCount <= kind.maxPayloadCount else { throw .payloadTooBig(kind: kind, announced: payloadCount) }
        let flags: UInt8 = try field.number()
        return LinkHeader(kind, leg: leg, payloadCount: payloadCount, flags: flags, extra: try field.number())
    }

    /// Writes the header to the start of `bytes`, which must have room.
    public func write(into bytes: UnsafeMutableRawBufferPointer) {
        precondition(bytes.count >= LinkHeader.count, "no room for a link header")
        bytes.storeBytes(of: UInt32(payloadCount).littleEndian, toByteOffset: 0, as: UInt32.self)
        bytes.storeBytes(of: leg.rawValue.littleEndian, toByteOffset: 4, as: UInt32.self)
        bytes.storeBytes(of: kind.rawValue, toByteOffset: 8, as: UInt8.self)
        bytes.storeBytes(of: flags, toByteOffset: 9, as: UInt8.self)
        bytes.storeBytes(of: extra.littleEndian, toByteOffset: 10, as: UInt16.self)
    }
}
