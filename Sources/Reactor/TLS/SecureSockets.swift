import CTLS

/// What a loop knows of one TLS socket besides its slot.
struct SecureSocket {
    /// What the session is made from, when it is needed: a connection that never says anything costs none.
    enum Side: Sendable {
        case listener(TLSServer)
        case server(TLSServer)
        case client(TLSTarget)
    }

    let side: Side
    var session: OpaquePointer?
    /// Bytes of the wire that the kernel did not take: `base + head ..< base + tail`.
    var pending = PooledBuffer(base: nil)
    var pendingHead: Int32 = 0
    var pendingTail: Int32 = 0
    /// The socket's queue bound; the slot's is less by what is pending, so that both together keep it.
    var bound: Int32
    /// The handshake is done.
    var isOpen = false
    /// In the loop's list of handshakes that have input.
    var isQueued = false
    /// Not watched while it waits there.
    var isMuted = false
    /// The peer's close_notify came while the handler had paused; it is told behind the bytes that came before.
    var owesEnd = false
    /// Our close_notify is on its way.
    var saidClose = false

    var pendingCount: Int { Int(pendingTail) - Int(pendingHead) }
}

/// The TLS sockets of one loop, and the buffers they share.
final class SecureSockets {
    /// One read of the wire. With what OpenSSL may hold of a record and what the handler left, its plain text fits the
    /// loop's read buffer.
    static let inputSize = 128 << 10
    /// One send: eight full records.
    static let outputSize = 8 * Int(CTLS_RECORD_PLAIN + CTLS_RECORD_OVERHEAD)
    /// More than this is never pending: one send, and the answers to a peer that talks and does not listen.
    static let pendingBound = 256 << 10

    let store: SocketStore<SecureSocket>
    let input: UnsafeMutablePointer<UInt8>
    let output: UnsafeMutablePointer<UInt8>

    init(limit: Int) {
        store = SocketStore(limit: limit)
        input = .allocate(capacity: Self.inputSize)
        output = .allocate(capacity: Self.outputSize)
    }

    deinit {
        input.deallocate()
        output.deallocate()
    }
}

/// A TLS session between two loops.
struct DetachedSecurity: Sendable {
    let side: SecureSocket.Side
    let session: CHandle?
    let pending: [UInt8]
    let isOpen: Bool
    let owesEnd: Bool

    func free() {
        if let session { ctls_session_free(session.pointer) }
    }
}
