/// Gives a session to its owner with all that the owner has to know to go on where another stopped. Its kept messages
/// follow on the leg, and nothing else before them. Its bytes are views, as in `LinkAttach`.
public struct LinkAdopt: LinkPayload {
    /// `.adopt`
    public static let kind = LinkKind.adopt

    /// What is true of the session.
    public struct Flags: OptionSet, Sendable, Hashable {
        /// The bits on the wire; 16 and 32 say which fields are there.
        public let rawValue: UInt8

        /// Any bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Its client acknowledges positions and can resume.
        public static let resumable = Flags(rawValue: 1)
        /// It has no state anywhere.
        public static let new = Flags(rawValue: 2)
        /// The gateway received the whole backlog of the home.
        public static let synced = Flags(rawValue: 4)
        /// The former owner gave it up in order.
        public static let released = Flags(rawValue: 8)

        static let hasHome = Flags(rawValue: 16)
        static let hasState = Flags(rawValue: 32)
        static let fields: Flags = [.hasHome, .hasState]
        static let known: Flags = [.resumable, .new, .synced, .released, .hasHome, .hasState]
    }

    /// One run of a node.
    public struct Home {
        /// The run.
        public let incarnation: UInt64
        /// The node's id.
        public let node: UnsafeRawBufferPointer

        /// That run of that node.
        public init(incarnation: UInt64, node: UnsafeRawBufferPointer) {
            self.incarnation = incarnation
            self.node = node
        }
    }

    /// The epoch by which the gateway chose this owner.
    public let epoch: UInt64
    /// The session.
    public let session: SessionID
    /// The newest wins.
    public let generation: UInt32
    /// What is true of it.
    public let flags: Flags
    /// The highest position that the gateway stored or the client has seen.
    public let last: LinkPosition
    /// The number of the first `text` or `binary` message on the leg.
    public let nextNumber: UInt64
    /// How many kept messages follow; at most `LinkBacklog.maxMessages`.
    public let brought: UInt32
    /// Who it is.
    public let user: UnsafeRawBufferPointer
    /// Where its state is.
    public let home: Home?
    /// The application's state, at most `LinkBacklog.maxStateBytes`.
    public let state: UnsafeRawBufferPointer?

    /// An adopt of these parts; user and home together at most 4,000 bytes.
    public init(
        epoch: UInt64, session: SessionID, generation: UInt32, flags: Flags, last: LinkPosition, nextNumber: UInt64,
        brought: UInt32, user: UnsafeRawBufferPointer, home: Home?, state: UnsafeRawBufferPointer?
    ) {
        self.epoch = epoch
        self.session = session
        self.generation = generation
        self.flags = flags.subtracting(.fields)
        self.last = last
        self.nextNumber = nextNumber
        self.brought = brought
        self.user = user
        self.home = home
        self.state = state
    }

    /// 8 + 16 + 4 + 1 + 16 + 8 + 4 + a counted view, then 8 + a counted view if there is a home and a long one if there is
    /// state
    public var payloadCount: Int {
        59 + user.count + (home.map { 10 + $0.node.count } ?? 0) + (state.map { 4 + $0.count } ?? 0)
    }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(epoch)
        session.write(&fields)
        fields.number(generation)
        fields.number(flags.union(home == nil ? [] : .hasHome).union(state == nil ? [] : .hasState).rawValue)
        last.write(&fields)
        fields.number(nextNumber)
        fields.number(brought)
        fields.shortBytes(user)
        if let home {
            fields.number(home.incarnation)
            fields.shortBytes(home.node)
        }
        if let state { fields.longBytes(state) }
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        epoch = try fields.counter()
        session = try SessionID(&fields)
        generation = try fields.number()
        let bits = Flags(rawValue: try fields.number())
        guard bits.isSubset(of: .known) else { throw .unknownValue(.adopt) }
        flags = bits.subtracting(.fields)
        last = try LinkPosition(&fields)
        nextNumber = try fields.counter()
        brought = try fields.number()
        user = try fields.shortBytes()
        home = bits.contains(.hasHome) ? Home(incarnation: try fields.number(), node: try fields.shortBytes()) : nil
        state = bits.contains(.hasState) ? try fields.state() : nil
    }
}

extension LinkFieldReader {
    /// An application's state.
    mutating func state() throws(LinkError) -> UnsafeRawBufferPointer {
        let count = Int(try number(UInt32.self))
        guard count <= LinkBacklog.maxStateBytes else { throw .payloadTooBig(kind: kind, announced: count) }
        return try view(count)
    }

    /// Whether an optional field is there.
    mutating func isThere() throws(LinkError) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        default: throw .unknownValue(kind)
        }
    }
}
