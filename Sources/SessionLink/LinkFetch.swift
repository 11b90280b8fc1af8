/// Asks a session's home for what it keeps of it. Its bytes are a view, as in `LinkAttach`.
public struct LinkFetch: LinkPayload {
    /// `.fetch`
    public static let kind = LinkKind.fetch

    /// The session.
    public let session: SessionID
    /// The run of the node that is meant.
    public let incarnation: UInt64
    /// The generation that is being attached.
    public let generation: UInt32
    /// The asking node's epoch.
    public let epoch: UInt64
    /// The session's user.
    public let user: UnsafeRawBufferPointer

    /// A fetch of these parts; the user has at most 4,000 bytes.
    public init(
        session: SessionID, incarnation: UInt64, generation: UInt32, epoch: UInt64, user: UnsafeRawBufferPointer
    ) {
        self.session = session
        self.incarnation = incarnation
        self.generation = generation
        self.epoch = epoch
        self.user = user
    }

    /// 16 + 8 + 4 + 8 + a counted view
    public var payloadCount: Int { 38 + user.count }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        session.write(&fields)
        fields.number(incarnation)
        fields.number(generation)
        fields.number(epoch)
        fields.shortBytes(user)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        session = try SessionID(&fields)
        incarnation = try fields.number()
        generation = try fields.number()
        epoch = try fields.counter()
        user = try fields.shortBytes()
    }
}

/// The answer to a fetch. The kept messages of the session follow on the link, in order and before those of any other answer.
/// Its bytes are a view, as in `LinkAttach`.
public struct LinkFetched: LinkPayload {
    /// `.fetched`
    public static let kind = LinkKind.fetched

    /// What is known.
    public enum Content {
        /// Nothing.
        case unknown
        /// So many kept messages, at most `LinkBacklog.maxMessages`, and the application's state, at most
        /// `LinkBacklog.maxStateBytes`.
        case known(kept: UInt32, state: UnsafeRawBufferPointer?)
    }

    /// The session.
    public let session: SessionID
    /// The fetch's generation.
    public let generation: UInt32
    /// What is known of it.
    public let content: Content

    /// An answer of these parts.
    public init(session: SessionID, generation: UInt32, content: Content) {
        self.session = session
        self.generation = generation
        self.content = content
    }

    /// 16 + 4 + 1, then 4 + 1 and a long view if there is state
    public var payloadCount: Int {
        switch content {
        case .unknown: 21
        case .known(_, let state): 26 + (state.map { 4 + $0.count } ?? 0)
        }
    }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        session.write(&fields)
        fields.number(generation)
        switch content {
        case .unknown: fields.number(UInt8(0))
        case .known(let kept, let state):
            fields.number(UInt8(1))
            fields.number(kept)
            fields.number(UInt8(state == nil ? 0 : 1))
            if let state { fields.longBytes(state) }
        }
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        session = try SessionID(&fields)
        generation = try fields.number()
        guard try fields.isThere() else {
            content = .unknown
            return
        }
        let kept: UInt32 = try fields.number()
        content = .known(kept: kept, state: try fields.isThere() ? try fields.state() : nil)
    }
}
