// How a session leaves one owner and arrives at the next, but for the adopt.

/// Give the session up in order: its owner is another one by this epoch.
public struct LinkDetach: LinkPayload, Sendable, Hashable {
    /// `.detach`
    public static let kind = LinkKind.detach
    /// The epoch.
    public let epoch: UInt64

    /// A detach by this epoch.
    public init(epoch: UInt64) { self.epoch = epoch }

    /// 8
    public var payloadCount: Int { 8 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(epoch) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { epoch = try fields.counter() }
}

/// All sessions that the gateway has for this node by this epoch were offered on this link.
public struct LinkAttachDone: LinkPayload, Sendable, Hashable {
    /// `.attachDone`
    public static let kind = LinkKind.attachDone
    /// The epoch.
    public let epoch: UInt64

    /// Done with this epoch.
    public init(epoch: UInt64) { self.epoch = epoch }

    /// 8
    public var payloadCount: Int { 8 }
    /// Writes the field.
    public func write(_ fields: inout LinkFieldWriter) { fields.number(epoch) }
    /// Reads the field.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) { epoch = try fields.counter() }
}

/// A newer attachment of this session is served by another gateway.
public struct LinkSuperseded: LinkPayload, Sendable, Hashable {
    /// `.superseded`
    public static let kind = LinkKind.superseded

    /// It says no more than that.
    public init() {}

    /// 0
    public var payloadCount: Int { 0 }
    /// Writes nothing.
    public func write(_ fields: inout LinkFieldWriter) {}
    /// Reads nothing.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {}
}

/// The backlog is complete, and this node is the session's home.
public struct LinkHome: LinkPayload, Sendable, Hashable {
    /// `.home`
    public static let kind = LinkKind.home
    /// Counts as a message at this position.
    public let position: LinkPosition
    /// The node's run.
    public let incarnation: UInt64
    /// The node's id.
    public let node: String
    /// Whether all is there that the client missed.
    public let isRecovered: Bool

    /// A home of these parts; the id has at most 1,000 bytes.
    public init(position: LinkPosition, incarnation: UInt64, node: String, isRecovered: Bool = true) {
        self.position = position
        self.incarnation = incarnation
        self.node = node
        self.isRecovered = isRecovered
    }

    /// 16 + 8 + a counted text + 1
    public var payloadCount: Int { 27 + node.utf8.count }
    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        position.write(&fields)
        fields.number(incarnation)
        fields.text(node)
        fields.number(UInt8(isRecovered ? 1 : 0))
    }
    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        position = try LinkPosition(&fields)
        incarnation = try fields.number()
        node = try fields.text()
        let flag: UInt8 = try fields.number()
        guard flag <= 1 else { throw .unknownValue(.home) }
        isRecovered = flag == 1
    }
}

/// The session was given up in order. Its bytes are a view, as in `LinkAttach`.
public struct LinkReleased: LinkPayload {
    /// `.released`
    public static let kind = LinkKind.released
    /// The node's epoch.
    public let epoch: UInt64
    /// The application's state, at most `LinkBacklog.maxStateBytes`.
    public let state: UnsafeRawBufferPointer?

    /// A released of these parts.
    public init(epoch: UInt64, state: UnsafeRawBufferPointer?) {
        self.epoch = epoch
        self.state = state
    }

    /// 8 + 1 and a long view if there is state
    public var payloadCount: Int { 9 + (state.map { 4 + $0.count } ?? 0) }
    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(epoch)
        fields.number(UInt8(state == nil ? 0 : 1))
        if let state { fields.longBytes(state) }
    }
    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        epoch = try fields.counter()
        state = try fields.isThere() ? try fields.state() : nil
    }
}
