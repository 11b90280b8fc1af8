// Frames about the link itself and the ring.

/// Are you there?
public struct LinkPing: LinkPayload, Sendable, Hashable {
    /// `.ping`
    public static let kind = LinkKind.ping
    /// Comes back in the pong; the sender's clock, for one.
    public let stamp: UInt64

    /// A ping with this stamp.
    public init(stamp: UInt64) { self.stamp = stamp }

    /// 8
    public var payloadCount: Int { 8 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(stamp) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { stamp = try fields.number() }
}

/// The answer to a ping.
public struct LinkPong: LinkPayload, Sendable, Hashable {
    /// `.pong`
    public static let kind = LinkKind.pong
    /// The ping's stamp.
    public let stamp: UInt64

    /// A pong with the ping's stamp.
    public init(stamp: UInt64) { self.stamp = stamp }

    /// 8
    public var payloadCount: Int { 8 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(stamp) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { stamp = try fields.number() }
}

/// I know this epoch; if yours is lower, read the ring.
public struct LinkRingHint: LinkPayload, Sendable, Hashable {
    /// `.ringHint`
    public static let kind = LinkKind.ringHint
    /// The sender's epoch.
    public let epoch: UInt64

    /// A hint at this epoch.
    public init(epoch: UInt64) { self.epoch = epoch }

    /// 8
    public var payloadCount: Int { 8 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(epoch) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { epoch = try fields.number() }
}
