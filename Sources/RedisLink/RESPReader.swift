import CHiredis

/// Turns bytes from Redis into replies; one per connection, thrown away with it.
struct RESPReader: ~Copyable {
    private let reader: OpaquePointer

    /// - Parameter maxReplyBytes: a larger reply fails the reader.
    init(maxReplyBytes: Int) {
        guard let reader = chiredis_reader_create(maxReplyBytes) else {
            preconditionFailure("no memory for a reader of replies")
        }
        self.reader = reader
    }

    deinit { chiredis_reader_free(reader) }

    /// What the bytes so far hold.
    enum Step: Equatable {
        case reply(RESPValue)
        case needMore
        /// The stream cannot be read on.
        case failed(String)
    }

    /// Adds bytes; follow it with `next` until it says `needMore` or `failed` (which also reports a failure of this call).
    mutating func feed(_ bytes: UnsafeRawBufferPointer) {
        _ = chiredis_reader_feed(reader, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count)
    }

    /// Takes the next reply.
    mutating func next() -> Step {
        switch chiredis_reader_next(reader) {
        case 1:
            var count = 0
            let nodes = UnsafeBufferPointer(start: chiredis_reader_reply(reader, &count), count: count)
            var index = 0
            return .reply(Self.value(nodes, &index))
        case 0: return .needMore
        default: return .failed(String(cString: chiredis_reader_error(reader)))
        }
    }

    /// The element at `index` with all below it; the depth is bounded by the codec.
    private static func value(_ nodes: UnsafeBufferPointer<chiredis_node>, _ index: inout Int) -> RESPValue {
        let node = nodes[index]
        index += 1
        let bytes = UnsafeBufferPointer(start: node.bytes, count: node.length)
        switch node.kind {
        case Int32(CHIREDIS_SIMPLE): return .simple(String(decoding: bytes, as: UTF8.self))
        case Int32(CHIREDIS_ERROR): return .error(String(decoding: bytes, as: UTF8.self))
        case Int32(CHIREDIS_INTEGER): return .integer(node.integer)
        case Int32(CHIREDIS_BULK): return .bulk(Array(bytes))
        case Int32(CHIREDIS_ARRAY):
            var elements: [RESPValue] = []
            elements.reserveCapacity(Int(node.integer))
            for _ in 0..<node.integer { elements.append(value(nodes, &index)) }
            return .array(elements)
        default: return .null
        }
    }
}
