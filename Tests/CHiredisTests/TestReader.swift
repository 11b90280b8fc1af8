import CHiredis

/// A reply as a test wants to see it.
indirect enum Reply: Equatable {
    case simple(String), error(String), integer(Int64), bulk([UInt8]), array([Reply]), null
}

/// The reader under test, freed with the test.
final class TestReader {
    private let reader: OpaquePointer

    init(limit: Int = 1 << 20) throws {
        guard let reader = chiredis_reader_create(limit) else { throw Failure(reason: "no memory") }
        self.reader = reader
    }

    deinit { chiredis_reader_free(reader) }

    struct Failure: Error, Equatable { let reason: String }

    var error: String { String(cString: chiredis_reader_error(reader)) }

    func feed(_ bytes: some Collection<UInt8>) throws {
        let bytes = Array(bytes)
        guard chiredis_reader_feed(reader, bytes, bytes.count) == 0 else { throw Failure(reason: error) }
    }

    /// The next reply, `nil` if more bytes are needed.
    func next() throws -> Reply? {
        switch chiredis_reader_next(reader) {
        case 0: return nil
        case 1:
            var count = 0
            let nodes = UnsafeBufferPointer(start: chiredis_reader_reply(reader, &count), count: count)
            var index = 0
            let reply = try tree(nodes, &index)
            guard index == count else { throw Failure(reason: "\(count - index) elements too many") }
            return reply
        default: throw Failure(reason: error)
        }
    }

    /// All replies that are complete after these bytes.
    func replies(_ text: String) throws -> [Reply] {
        try feed(text.utf8)
        var all: [Reply] = []
        while let reply = try next() { all.append(reply) }
        return all
    }

    private func tree(_ nodes: UnsafeBufferPointer<chiredis_node>, _ index: inout Int) throws -> Reply {
        guard index < nodes.count else { throw Failure(reason: "a child is missing") }
        let node = nodes[index]
        index += 1
        let bytes = Array(UnsafeBufferPointer(start: node.bytes, count: node.length))
        switch node.kind {
        case Int32(CHIREDIS_SIMPLE): return .simple(String(decoding: bytes, as: UTF8.self))
        case Int32(CHIREDIS_ERROR): return .error(String(decoding: bytes, as: UTF8.self))
        case Int32(CHIREDIS_INTEGER): return .integer(node.integer)
        case Int32(CHIREDIS_BULK): return .bulk(bytes)
        case Int32(CHIREDIS_NULL): return .null
        case Int32(CHIREDIS_ARRAY):
            var children: [Reply] = []
            for _ in 0..<node.integer { children.append(try tree(nodes, &index)) }
            return .array(children)
        default: throw Failure(reason: "unknown kind \(node.kind)")
        }
    }
}
