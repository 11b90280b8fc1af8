import CTLS

/// A context, freed with the test.
final class TLSContext {
    let pointer: OpaquePointer

    struct Failure: Error { let reason: String }

    init(chain: String, key: String) throws {
        var error = [CChar](repeating: 0, count: 256)
        guard let made = ctls_server_context(chain, key, &error, error.count) else {
            throw Failure(reason: Self.text(error))
        }
        pointer = made
    }

    init(trusting file: String?) throws {
        var error = [CChar](repeating: 0, count: 256)
        guard let made = ctls_client_context(file, &error, error.count) else { throw Failure(reason: Self.text(error)) }
        pointer = made
    }

    deinit { ctls_context_free(pointer) }

    func reload(chain: String, key: String) throws {
        var error = [CChar](repeating: 0, count: 256)
        guard ctls_server_reload(pointer, chain, key, &error, error.count) == 0 else {
            throw Failure(reason: Self.text(error))
        }
    }

    private static func text(_ error: [CChar]) -> String {
        String(decoding: error.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// One side of a connection in memory.
final class TLSPeer {
    let session: OpaquePointer

    init(server context: TLSContext) throws {
        guard let made = ctls_accept(context.pointer) else { throw TLSContext.Failure(reason: "no session") }
        session = made
    }

    init(client context: TLSContext, to host: String) throws {
        guard let made = ctls_connect(context.pointer, host) else { throw TLSContext.Failure(reason: "no session") }
        session = made
    }

    deinit { ctls_session_free(session) }

    var isReady: Bool { ctls_ready(session) == 1 }
    var hasFailed: Bool { ctls_ready(session) == Int32(CTLS_FAILED) }
    var error: String { String(cString: ctls_error(session)) }
    var version: String { String(cString: ctls_version(session)) }
    var serverName: String { String(cString: ctls_server_name(session)) }

    func take(_ room: Int = 1 << 16) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = ctls_take(session, buffer.baseAddress, room)
        }
    }

    @discardableResult
    func feed(_ bytes: [UInt8]) -> Int64 { ctls_feed(session, bytes, bytes.count) }

    func write(_ bytes: [UInt8]) -> Int64 { ctls_write(session, bytes, bytes.count) }

    /// Everything that can be read now, and what the last read said.
    func read() -> (bytes: [UInt8], end: Int64) {
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = ctls_read(session, &chunk, chunk.count)
            guard count > 0 else { return (all, count) }
            all += chunk[..<Int(count)]
        }
    }

    /// Carries bytes between the two until neither has any, `step` at a time.
    static func carry(_ a: TLSPeer, _ b: TLSPeer, step: Int = 1 << 16) {
        while true {
            let there = a.take(step)
            if !there.isEmpty { b.feed(there) }
            let back = b.take(step)
            if !back.isEmpty { a.feed(back) }
            if there.isEmpty, back.isEmpty { return }
        }
    }
}
