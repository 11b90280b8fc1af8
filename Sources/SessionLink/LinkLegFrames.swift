// The small frames of one leg, in the order of its life.

/// The owner took the session.
public struct LinkAttached: LinkPayload, Sendable, Hashable {
    /// `.attached`
    public static let kind = LinkKind.attached
    /// Bytes that the gateway may send before it is given more.
    public let credit: UInt32

    /// An attached with this credit.
    public init(credit: UInt32 = Credit.window) { self.credit = credit }

    /// 4
    public var payloadCount: Int { 4 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(credit) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { credit = try fields.number() }
}

/// I am not the owner.
public struct LinkMoved: LinkPayload, Sendable, Hashable {
    /// `.moved`
    public static let kind = LinkKind.moved
    /// The epoch by which I know that.
    public let epoch: UInt64

    /// A moved at this epoch.
    public init(epoch: UInt64) { self.epoch = epoch }

    /// 8
    public var payloadCount: Int { 8 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(epoch) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { epoch = try fields.number() }
}

/// The session is not taken: an HTTP status and a sentence for a client that still waits for its 101.
public struct LinkRefused: LinkPayload, Sendable, Hashable {
    /// `.refused`
    public static let kind = LinkKind.refused
    /// The HTTP status.
    public let status: UInt16
    /// The reason, for people; at most 1,000 bytes. What came and was not UTF-8 is repaired, since one leg's refusal must not
    /// end the link.
    public let reason: String

    /// A refusal with this status and reason.
    public init(status: UInt16, reason: String) {
        self.status = status
        self.reason = reason
    }

    /// 2 + a counted text
    public var payloadCount: Int { 4 + reason.utf8.count }
    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(status)
        fields.text(reason)
    }
    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        status = try fields.number()
        reason = String(decoding: try fields.shortBytes(), as: UTF8.self)
    }
}

/// More bytes may be sent on a leg.
public struct LinkCredit: LinkPayload, Sendable, Hashable {
    /// `.credit`
    public static let kind = LinkKind.credit
    /// How many.
    public let bytes: UInt32

    /// So many bytes more.
    public init(bytes: UInt32) { self.bytes = bytes }

    /// 4
    public var payloadCount: Int { 4 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(bytes) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { bytes = try fields.number() }
}

/// The session ends.
public struct LinkClose: LinkPayload, Sendable, Hashable {
    /// `.close`
    public static let kind = LinkKind.close
    /// The close code: to send to the client, or as it came from there (1005, 1006 included). Whoever sends it to a client
    /// asks first whether it may be sent.
    public let code: UInt16
    /// The reason; at most 123 bytes reach a client.
    public let reason: String
    /// Whether the reason came as UTF-8. If not, it is empty: a bad word about one leg is no reason to end the link.
    public let isReasonText: Bool

    /// A close with this code and reason.
    public init(code: UInt16, reason: String = "") {
        self.code = code
        self.reason = reason
        isReasonText = true
    }

    /// 2 + a counted text
    public var payloadCount: Int { 4 + reason.utf8.count }
    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(code)
        fields.text(reason)
    }
    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        code = try fields.number()
        let text = String(validating: try fields.shortBytes(), as: UTF8.self)
        reason = text ?? ""
        isReasonText = text != nil
    }
}
