/// A message for a user, from the sender's node to the owner of the recipient. Its bytes are views, as in `LinkAttach`.
public struct LinkForward: LinkPayload {
    /// `.forward`
    public static let kind = LinkKind.forward

    /// Chosen by the sender; comes back in the result.
    public let correlation: UInt64
    /// The epoch by which the sender chose this owner.
    public let epoch: UInt64
    /// The delivery class, a number of the envelope's.
    public let deliveryClass: UInt8
    /// The sending user.
    public let from: UnsafeRawBufferPointer
    /// The receiving user.
    public let to: UnsafeRawBufferPointer
    /// The message, byte for byte as it was sent.
    public let data: UnsafeRawBufferPointer

    /// A forward over these views: users of at most 65,535 bytes, and `payloadCount` at most
    /// `LinkHeader.maxPayloadCount`.
    public init(
        correlation: UInt64, epoch: UInt64, deliveryClass: UInt8, from: UnsafeRawBufferPointer,
        to: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer
    ) {
        self.correlation = correlation
        self.epoch = epoch
        self.deliveryClass = deliveryClass
        self.from = from
        self.to = to
        self.data = data
    }

    /// 8 + 8 + 1 + two counted views + a long one
    public var payloadCount: Int { 25 + from.count + to.count + data.count }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(correlation)
        fields.number(epoch)
        fields.number(deliveryClass)
        fields.shortBytes(from)
        fields.shortBytes(to)
        fields.longBytes(data)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        correlation = try fields.number()
        epoch = try fields.number()
        deliveryClass = try fields.number()
        from = try fields.shortBytes()
        to = try fields.shortBytes()
        data = try fields.longBytes()
    }
}

/// What became of a forward.
public struct LinkForwardResult: LinkPayload, Sendable, Hashable {
    /// `.forwardResult`
    public static let kind = LinkKind.forwardResult

    /// Where the message got to.
    public enum Status: UInt8, Sendable, Hashable, CaseIterable {
        /// Kept by the owner; delivery is still to come.
        case accepted = 1
        /// Handed to at least one session of the user.
        case delivered = 2
        /// The user has no session.
        case offline = 3
        /// The owner does not take it.
        case rejected = 4
        /// The node is not the owner; read the ring and try again.
        case moved = 5
    }

    /// The forward's correlation.
    public let correlation: UInt64
    /// What became of it.
    public let status: Status
    /// The answering node's epoch.
    public let epoch: UInt64

    /// A result with these parts.
    public init(correlation: UInt64, status: Status, epoch: UInt64) {
        self.correlation = correlation
        self.status = status
        self.epoch = epoch
    }

    /// 8 + 1 + 8
    public var payloadCount: Int { 17 }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(correlation)
        fields.number(status.rawValue)
        fields.number(epoch)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        correlation = try fields.number()
        status = try fields.value()
        epoch = try fields.number()
    }
}
