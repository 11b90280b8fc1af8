/// A message for a user that is acknowledged, from the sender's node to the owner of the recipient. Its bytes are views, as in
/// `LinkAttach`.
public struct LinkReliable: LinkPayload {
    /// `.reliable`
    public static let kind = LinkKind.reliable
    /// The most bytes of both users and the message together.
    public static let maxBytes = LinkHeader.maxPayloadCount - 49

    /// Chosen by the sender; comes back in every result.
    public let correlation: UInt64
    /// The epoch by which the sender chose this owner.
    public let epoch: UInt64
    /// The sender's session.
    public let sender: SessionID
    /// The message's number in it.
    public let n: UInt64
    /// Whether it may have been presented before.
    public let isAgain: Bool
    /// The sending user.
    public let from: UnsafeRawBufferPointer
    /// The receiving user.
    public let to: UnsafeRawBufferPointer
    /// The message, byte for byte as it was sent.
    public let data: UnsafeRawBufferPointer

    /// A message of these parts; its views together have at most `maxBytes`.
    public init(
        correlation: UInt64, epoch: UInt64, sender: SessionID, n: UInt64, isAgain: Bool, from: UnsafeRawBufferPointer,
        to: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer
    ) {
        self.correlation = correlation
        self.epoch = epoch
        self.sender = sender
        self.n = n
        self.isAgain = isAgain
        self.from = from
        self.to = to
        self.data = data
    }

    /// 8 + 8 + 16 + 8 + 1 + two counted views + a long one
    public var payloadCount: Int { 49 + from.count + to.count + data.count }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(correlation)
        fields.number(epoch)
        sender.write(&fields)
        fields.number(n)
        fields.number(UInt8(isAgain ? 1 : 0))
        fields.shortBytes(from)
        fields.shortBytes(to)
        fields.longBytes(data)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        correlation = try fields.number()
        epoch = try fields.counter()
        sender = try SessionID(&fields)
        n = try fields.counter()
        isAgain = try fields.isThere()
        from = try fields.shortBytes()
        to = try fields.shortBytes()
        data = try fields.longBytes()
    }
}

/// What became of a reliable message.
public struct LinkReliableResult: LinkPayload, Sendable, Hashable {
    /// `.reliableResult`
    public static let kind = LinkKind.reliableResult

    /// Where the message got to.
    public enum Status: UInt8, Sendable, Hashable, CaseIterable {
        /// Stored by the gateways of all the user's sessions. One of the next two follows.
        case accepted = 1
        /// A client of the user acknowledged it.
        case delivered = 2
        /// It was accepted, and its sessions ended without acknowledging it.
        case unconfirmed = 3
        /// The user has no session.
        case offline = 4
        /// Too much is kept for the user.
        case busy = 5
        /// The node is not the owner, and no session got it.
        case moved = 6
        /// The node is not the owner any more, and a session may have got it.
        case movedPresented = 7
    }

    /// The message's correlation.
    public let correlation: UInt64
    /// What became of it.
    public let status: Status
    /// The answering node's epoch.
    public let epoch: UInt64
    /// Of `moved`: which ring to send by at least; else 0.
    public let neededEpoch: UInt64

    /// A result with these parts.
    public init(correlation: UInt64, status: Status, epoch: UInt64, neededEpoch: UInt64 = 0) {
        self.correlation = correlation
        self.status = status
        self.epoch = epoch
        self.neededEpoch = neededEpoch
    }

    /// 8 + 1 + 8 + 8
    public var payloadCount: Int { 25 }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(correlation)
        fields.number(status.rawValue)
        fields.number(epoch)
        fields.number(neededEpoch)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        correlation = try fields.number()
        status = try fields.value()
        epoch = try fields.counter()
        neededEpoch = try fields.counter()
    }
}
