import CTLS

/// A context, freed with the test.
final class TLSContext {
    let pointer: OpaquePointer

    struct Failure: Error { let reason: String }
    typealias Pair = (chain: String, key: String)

    init(server pairs: [Pair], trusting trust: String? = nil, expecting name: String? = nil) throws {
        pointer = try Self.answer { error, size in
            Self.withFiles(pairs, trust, name) { ctls_server_context($0, error, size) }
        }
    }

    init(trusting trust: String?, showing pair: Pair? = nil) throws {
        pointer = try Self.answer { error, size in
            Self.withFiles(trust, pair) { ctls_client_context($0, error, size) }
        }
    }

    deinit { ctls_context_free(pointer) }

    var expiry: Int64 { ctls_context_expiry(pointer) }

    func reload(server pairs: [Pair], trusting trust: String? = nil) throws {
        let _: Bool = try Self.answer { error, size in
            Self.withFiles(pairs, trust, nil) { ctls_server_reload(pointer, $0, error, size) == 0 ? true : nil }
        }
    }

    func reload(trusting trust: String, showing pair: Pair? = nil) throws {
        let _: Bool = try Self.answer { error, size in
            Self.withFiles(trust, pair) { ctls_client_reload(pointer, $0, error, size) == 0 ? true : nil }
        }
    }

    private static func answer<Answer>(_ body: (UnsafeMutablePointer<CChar>, Int) -> Answer?) throws -> Answer {
        var error = [CChar](repeating: 0, count: 256)
        if let answer = error.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { body($0, 256) } }) {
            return answer
        }
        throw Failure(reason: String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    private static func withFiles<Answer>(
        _ pairs: [Pair], _ trust: String?, _ name: String?, _ body: (UnsafePointer<ctls_server_files>) -> Answer
    ) -> Answer {
        withPairs(pairs[...], []) { pairs in
            withText(trust) { trust in
                withText(name) { name in
                    pairs.withUnsafeBufferPointer { pairs in
                        var files = ctls_server_files(
                            pairs: pairs.baseAddress, pair_count: pairs.count, trust_file: trust, peer_name: name)
                        return body(&files)
                    }
                }
            }
        }
    }

    private static func withFiles<Answer>(
        _ trust: String?, _ pair: Pair?, _ body: (UnsafePointer<ctls_client_files>) -> Answer
    ) -> Answer {
        withPairs(pair.map { [$0] } ?? [], []) { pairs in
            withText(trust) { trust in
                pairs.withUnsafeBufferPointer { pairs in
                    var files = ctls_client_files(trust_file: trust, pair: pairs.isEmpty ? nil : pairs.baseAddress)
                    return body(&files)
                }
            }
        }
    }

    private static func withText<Answer>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Answer) -> Answer {
        guard let text else { return body(nil) }
        return text.withCString { body($0) }
    }

    private static func withPairs<Answer>(
        _ pairs: ArraySlice<Pair>, _ made: [ctls_pair], _ body: ([ctls_pair]) -> Answer
    ) -> Answer {
        guard let first = pairs.first else { return body(made) }
        return first.chain.withCString { chain in
            first.key.withCString { key in
                withPairs(pairs.dropFirst(), made + [ctls_pair(chain_file: chain, key_file: key)], body)
            }
        }
    }
}

/// One side of a connection in memory.
final class TLSPeer {
    let session: OpaquePointer
    /// Bytes for the other side.
    private(set) var wire: [UInt8] = []
    /// Plain text that came.
    private(set) var got: [UInt8] = []
    private(set) var state = CTLS_HANDSHAKE

    init(server context: TLSContext) throws {
        guard let made = ctls_accept(context.pointer) else { throw TLSContext.Failure(reason: "no session") }
        session = made
    }

    init(client context: TLSContext, to host: String) throws {
        guard let made = ctls_connect(context.pointer, host) else { throw TLSContext.Failure(reason: "no session") }
        session = made
        feed([])
    }

    deinit { ctls_session_free(session) }

    var isReady: Bool { state == CTLS_OPEN }
    var hasFailed: Bool { state == CTLS_FAILED }
    var fault: Int { Int(ctls_fault(session)) }
    var error: String { String(cString: ctls_error(session)) }
    var version: String { String(cString: ctls_version(session)) }
    var serverName: String { String(cString: ctls_server_name(session)) }

    func take(_ room: Int = .max) -> [UInt8] {
        defer { wire.removeFirst(min(room, wire.count)) }
        return Array(wire.prefix(room))
    }

    /// Feeds everything; with little room it takes several calls, which must come to the same.
    func feed(_ bytes: [UInt8], plainRoom: Int = 1 << 18, wireRoom: Int = 1 << 16) {
        var rest = bytes[...]
        while true {
            var plain = [UInt8](repeating: 0, count: plainRoom)
            var out = [UInt8](repeating: 0, count: wireRoom)
            let input = Array(rest)
            let step = ctls_receive(session, input, input.count, &plain, plainRoom, &out, wireRoom)
            wire += out[..<step.wire]
            got += plain[..<step.plain]
            state = Int(step.state)
            rest = rest.dropFirst(step.taken)
            let isFull = step.wire == wireRoom || step.plain == plainRoom
            if rest.isEmpty && !isFull { return }
            if step.taken == 0 && !isFull { return }
        }
    }

    /// How many bytes were taken.
    @discardableResult
    func write(_ bytes: [UInt8], room: Int = 1 << 17) -> Int {
        var out = [UInt8](repeating: 0, count: room)
        let step = ctls_seal(session, bytes, bytes.count, &out, room)
        wire += out[..<step.wire]
        state = Int(step.state)
        return step.taken
    }

    func close() {
        var out = [UInt8](repeating: 0, count: 256)
        wire += out[..<ctls_close(session, &out, out.count)]
    }

    func read() -> [UInt8] {
        defer { got = [] }
        return got
    }

    /// Carries bytes between the two until neither has any, `step` at a time.
    static func carry(_ a: TLSPeer, _ b: TLSPeer, step: Int = .max) {
        while !a.wire.isEmpty || !b.wire.isEmpty {
            let there = a.take(step)
            if !there.isEmpty { b.feed(there) }
            let back = b.take(step)
            if !back.isEmpty { a.feed(back) }
        }
    }
}

// C's anonymous enumerations come as types of their own; the tests compare numbers.
let CTLS_HANDSHAKE = 0
let CTLS_OPEN = 1
let CTLS_FAILED = -1
let CTLS_CLOSED = -2
