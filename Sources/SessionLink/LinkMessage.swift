/// A message with numbers in front of it: in one frame or, with them, in chunks as any message (`LinkChunk`).
public protocol LinkMessage {
    /// The kind of its frames.
    static var kind: LinkKind { get }
    /// Bytes in front of the message itself.
    static var headCount: Int { get }
    /// The message itself.
    var body: UnsafeRawBufferPointer { get }
    /// Writes what stands in front of it.
    func writeHead(_ fields: inout LinkFieldWriter)
    /// Reads all of it, put together.
    init(_ fields: inout LinkFieldReader) throws(LinkError)
}

extension LinkMessage {
    /// Bytes of all its frames.
    public var frameCount: Int { LinkChunk.frameCount(messageCount: Self.headCount + body.count) }

    /// The message of these bytes, which are the payloads of all its frames.
    public init(_ message: UnsafeRawBufferPointer) throws(LinkError) {
        var fields = LinkFieldReader(message, kind: Self.kind)
        try self.init(&fields)
        try fields.finish()
    }

    /// Writes all frames to the start of `bytes`, which must have room (`frameCount`), and returns their size.
    @discardableResult public func writeFrames(leg: LegID = .link, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        precondition(bytes.count >= frameCount, "no room for the frames of a message")
        let first = min(body.count, LinkChunk.size - Self.headCount)
        let payloadCount = Self.headCount + first
        let rest = UnsafeRawBufferPointer(rebasing: body[first...])
        LinkHeader(Self.kind, leg: leg, payloadCount: payloadCount, flags: rest.isEmpty ? 0 : LinkHeader.moreFlag)
            .write(into: bytes)
        let end = LinkHeader.count + payloadCount
        var fields = LinkFieldWriter(UnsafeMutableRawBufferPointer(rebasing: bytes[LinkHeader.count..<end]))
        writeHead(&fields)
        fields.rest(UnsafeRawBufferPointer(rebasing: body[..<first]))
        precondition(fields.isFull, "headCount is what writeHead fills")
        guard !rest.isEmpty else { return end }
        return end
            + LinkChunk.writeAll(
                Self.kind, leg: leg, rest, into: UnsafeMutableRawBufferPointer(rebasing: bytes[end...]))
    }

    /// All frames as an array.
    public func frames(leg: LegID = .link) -> [UInt8] {
        let count = frameCount
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = writeFrames(
                leg: leg, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            )
        }
    }
}

/// A message that is kept until the recipient's client acknowledges it: to the gateway as it is delivered, to a new owner
/// with the session, to a node that fetches a session. Its bytes are a view, as in `LinkAttach`.
public struct LinkKept: LinkMessage {
    /// `.kept`
    public static let kind = LinkKind.kept
    /// 16 + 16 + 8
    public static let headCount = 40

    /// Where it stands in what the recipient's session is sent.
    public let position: LinkPosition
    /// The sender's session.
    public let sender: SessionID
    /// Its number in that session.
    public let n: UInt64
    /// What the client gets.
    public let body: UnsafeRawBufferPointer

    /// A message of these parts.
    public init(position: LinkPosition, sender: SessionID, n: UInt64, body: UnsafeRawBufferPointer) {
        self.position = position
        self.sender = sender
        self.n = n
        self.body = body
    }

    /// Writes position, session and number.
    public func writeHead(_ fields: inout LinkFieldWriter) {
        position.write(&fields)
        sender.write(&fields)
        fields.number(n)
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        position = try LinkPosition(&fields)
        sender = try SessionID(&fields)
        n = try fields.counter()
        body = fields.rest()
    }
}

/// A client's message that its gateway kept while there was no leg, or had sent on another one. Others of the session go as
/// `text` and `binary`, and both ends count them from what the adopt says.
public struct LinkAgain: LinkMessage {
    /// `.again`
    public static let kind = LinkKind.again
    /// 8 + 1
    public static let headCount = 9

    private static let textBit: UInt8 = 1
    private static let againBit: UInt8 = 2

    /// Its number in the session.
    public let n: UInt64
    /// Whether it was sent on another leg before.
    public let isAgain: Bool
    /// Whether it is text.
    public let isText: Bool
    /// The message. Whether it is UTF-8 is for its reader to see, as with `text`.
    public let body: UnsafeRawBufferPointer

    /// A message of these parts.
    public init(n: UInt64, isAgain: Bool, isText: Bool, body: UnsafeRawBufferPointer) {
        self.n = n
        self.isAgain = isAgain
        self.isText = isText
        self.body = body
    }

    /// Writes number and flags.
    public func writeHead(_ fields: inout LinkFieldWriter) {
        fields.number(n)
        fields.number((isText ? Self.textBit : 0) | (isAgain ? Self.againBit : 0))
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        n = try fields.counter()
        let flags: UInt8 = try fields.number()
        guard flags & ~(Self.textBit | Self.againBit) == 0 else { throw .unknownValue(.again) }
        isText = flags & Self.textBit != 0
        isAgain = flags & Self.againBit != 0
        body = fields.rest()
    }
}
