/// Gives a session to its owner. Its bytes are views: of the read buffer where it was read, of whatever the caller
/// keeps alive while it is written.
public struct LinkAttach: LinkPayload {
    /// `.attach`
    public static let kind = LinkKind.attach

    /// The epoch by which the sender chose this owner.
    public let epoch: UInt64
    /// The session, new or moved.
    public let session: SessionID
    /// Who it is, validated by the edge.
    public let user: UnsafeRawBufferPointer
    /// The client's address as text.
    public let peer: UnsafeRawBufferPointer
    /// The subprotocol, empty for none.
    public let subprotocol: UnsafeRawBufferPointer
    /// The request target as the client sent it.
    public let target: UnsafeRawBufferPointer

    /// An attach over these views, together at most `LinkKind.attach.maxPayloadCount` - 32 bytes.
    public init(
        epoch: UInt64, session: SessionID, user: UnsafeRawBufferPointer, peer: UnsafeRawBufferPointer,
        subprotocol: UnsafeRawBufferPointer, target: UnsafeRawBufferPointer
    ) {
        self.epoch = epoch
        self.session = session
        self.user = user
        self.peer = peer
        self.subprotocol = subprotocol
        self.target = target
    }

    /// A whole frame from values that own their bytes.
    public static func frame(
        leg: LegID, epoch: UInt64, session: SessionID, user: [UInt8], peer: String, subprotocol: String, target: String
    ) -> [UInt8] {
        var peer = peer
        var subprotocol = subprotocol
        var target = target
        return user.withUnsafeBytes { user in
            peer.withUTF8 { peer in
                subprotocol.withUTF8 { subprotocol in
                    target.withUTF8 { target in
                        LinkAttach(
                            epoch: epoch, session: session, user: user, peer: UnsafeRawBufferPointer(peer),
                            subprotocol: UnsafeRawBufferPointer(subprotocol), target: UnsafeRawBufferPointer(target)
                        ).frame(leg: leg)
                    }
                }
            }
        }
    }

    /// 8 + 16 + four counted views
    public var payloadCount: Int { 32 + user.count + peer.count + subprotocol.count + target.count }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(epoch)
        fields.number(session.first)
        fields.number(session.second)
        fields.shortBytes(user)
        fields.shortBytes(peer)
        fields.shortBytes(subprotocol)
        fields.shortBytes(target)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        epoch = try fields.number()
        session = SessionID(first: try fields.number(), second: try fields.number())
        user = try fields.shortBytes()
        peer = try fields.shortBytes()
        subprotocol = try fields.shortBytes()
        target = try fields.shortBytes()
    }
}
