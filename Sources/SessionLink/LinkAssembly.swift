/// Puts the messages of one leg in one direction together from their chunks. A message in one frame is not copied.
public struct LinkAssembly: Sendable {
    private var order = ChunkOrder()
    private var parts: [UInt8] = []

    /// Before the first message.
    public init() {}

    /// Whether a message has begun and is not complete.
    public var isOpen: Bool { order.isOpen }

    /// Takes a frame of a message; once it is complete, `use` gets the payloads of all its frames. The view is valid in
    /// `use` only.
    ///
    /// - Parameter maxBytes: the most bytes of all payloads of one message.
    /// - Throws: `outOfOrder` or `messageTooBig`; both end the leg only.
    public mutating func take<Result>(
        _ frame: LinkFrame, maxBytes: Int, _ use: (UnsafeRawBufferPointer) throws(LinkError) -> Result
    ) throws(LinkError) -> Result? {
        guard let place = order.take(frame.header) else { throw .outOfOrder(frame.kind) }
        guard frame.payload.count <= maxBytes - parts.count else { throw .messageTooBig(frame.kind) }
        switch place {
        case .whole: return try use(frame.payload)
        case .first, .middle:
            parts += frame.payload
            return nil
        case .last:
            parts += frame.payload
            let whole = parts
            parts = []
            return try whole.withUnsafeBufferPointer { bytes throws(LinkError) in try use(UnsafeRawBufferPointer(bytes))
            }
        }
    }
}
