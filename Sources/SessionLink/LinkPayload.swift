/// What stands in frames of one kind: a value that can be written into a caller's buffer and read from one in place.
public protocol LinkPayload {
    /// The kind of its frames.
    static var kind: LinkKind { get }
    /// Bytes that `write` will fill.
    var payloadCount: Int { get }
    /// Writes every field, in order.
    func write(_ fields: inout LinkFieldWriter)
    /// Reads every field, in the same order.
    init(_ fields: inout LinkFieldReader) throws(LinkError)
}

extension LinkPayload {
    /// Bytes of the whole frame.
    public var frameCount: Int { LinkHeader.count + payloadCount }

    /// Writes the whole frame to the start of `bytes`, which must have room (`frameCount`), and returns its size.
    @discardableResult
    public func writeFrame(leg: LegID = .link, into bytes: UnsafeMutableRawBufferPointer) -> Int {
        let count = payloadCount
        LinkHeader(Self.kind, leg: leg, payloadCount: count).write(into: bytes)
        precondition(bytes.count - LinkHeader.count >= count, "no room for a link frame")
        var fields = LinkFieldWriter(
            UnsafeMutableRawBufferPointer(rebasing: bytes[LinkHeader.count..<(LinkHeader.count + count)]))
        write(&fields)
        precondition(fields.isFull, "payloadCount is what write fills")
        return LinkHeader.count + count
    }

    /// The whole frame as an array, for rare frames.
    public func frame(leg: LegID = .link) -> [UInt8] {
        let count = frameCount
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = writeFrame(
                leg: leg, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count])
            )
        }
    }

    /// The payload of `frame`, which must be of this kind and hold nothing else.
    public init(_ frame: LinkFrame) throws(LinkError) {
        guard frame.kind == Self.kind else { throw .unexpectedKind(expected: Self.kind, got: frame.kind) }
        var fields = LinkFieldReader(frame.payload, kind: frame.kind)
        try self.init(&fields)
        try fields.finish()
    }
}
