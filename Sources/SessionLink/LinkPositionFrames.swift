// What a gateway says of the kept messages that a node delivers on a leg.

/// A frame that names a position and nothing else.
public protocol LinkPositionPayload: LinkPayload, Sendable, Hashable {
    /// The position.
    var position: LinkPosition { get }
    /// A frame about this position.
    init(_ position: LinkPosition)
}

extension LinkPositionPayload {
    /// 8 + 8
    public var payloadCount: Int { LinkPosition.count }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { position.write(&fields) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { self.init(try LinkPosition(&fields)) }
}

/// The gateway keeps, or has passed on, all up to here.
public struct LinkStored: LinkPositionPayload {
    /// `.stored`
    public static let kind = LinkKind.stored
    /// Up to where.
    public let position: LinkPosition
    /// All up to here.
    public init(_ position: LinkPosition) { self.position = position }
}

/// The client has all up to here.
public struct LinkReceived: LinkPositionPayload {
    /// `.received`
    public static let kind = LinkKind.received
    /// Up to where.
    public let position: LinkPosition
    /// All up to here.
    public init(_ position: LinkPosition) { self.position = position }
}

/// The gateway had this one already, under another position.
public struct LinkDuplicate: LinkPositionPayload {
    /// `.duplicate`
    public static let kind = LinkKind.duplicate
    /// Which one.
    public let position: LinkPosition
    /// The one that stands here.
    public init(_ position: LinkPosition) { self.position = position }
}

/// The gateway could not take this one.
public struct LinkDeclined: LinkPositionPayload {
    /// `.declined`
    public static let kind = LinkKind.declined
    /// Which one.
    public let position: LinkPosition
    /// The one that stands here.
    public init(_ position: LinkPosition) { self.position = position }
}
