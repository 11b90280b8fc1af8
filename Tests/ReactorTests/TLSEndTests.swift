import Reactor
import TestClients
import Testing

/// How a conversation over TLS ends, and what is still heard then.
@Suite(.serialized) struct TLSEndTests {
    private let ends: SecureEnds

    init() throws { ends = try SecureEnds() }

    @Test("After the peer's goodbye the other direction still carries bytes, and ends with a goodbye of its own")
    func halfClose() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: ends.server) { recorder in
                recorder.answersAfterTheEnd()
            }
            let peer = try SecurePeer(address, trusting: ends.certificates.authority)
            let answer = try await onThread {
                try peer.handshake()
                return try peer.with { state in
                    try state.send(state.seal(Array("question".utf8)) + state.goodbye())
                    return (try state.readToEnd(), state.got.count)
                }
            }
            #expect(answer == (true, 900_000))
            let seen = try await log.wait("closed") { $0.contains { $0.isClosed } }
            #expect(seen.contains { if case .closed(_, .peer) = $0 { true } else { false } }, "\(seen)")
        }
    }

    @Test("A goodbye that comes while the handler has paused is told behind the bytes that came before it")
    func pausedGoodbye() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: ends.server) { recorder in
                var isFirst = true
                recorder.used = { bytes, socket, loop in
                    guard isFirst else { return bytes.count }
                    isFirst = false
                    loop.pauseReading(socket)
                    loop.after(.milliseconds(20)) { loop in
                        log.add(.note("reads on"))
                        loop.resumeReading(socket)
                    }
                    return 0
                }
            }
            let peer = try SecurePeer(address, trusting: ends.certificates.authority)
            try await onThread {
                try peer.handshake()
                try peer.with { state in try state.send(state.seal(Array("all".utf8)) + state.goodbye()) }
            }
            let seen = try await log.wait("the end") { $0.contains { if case .ended = $0 { true } else { false } } }
            let order = seen.compactMap { event -> String? in
                switch event {
                case .note(let text): text
                case .bytes(_, let bytes): bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
                case .ended: "end"
                default: nil
                }
            }
            #expect(order == ["reads on", "all", "end"])
        }
    }

    @Test("A FIN without a goodbye is a cut, and is reported as one")
    func truncation() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: ends.server)
            let peer = try SecurePeer(address, trusting: ends.certificates.authority)
            try await onThread {
                try peer.handshake()
                try peer.with { state in
                    try state.send(state.seal([1, 2, 3]))
                    state.finish()
                }
            }
            let seen = try await log.wait("closed") { $0.contains { $0.isClosed } }
            #expect(seen.contains { if case .closed(_, .tls(.truncated)) = $0 { true } else { false } }, "\(seen)")
            #expect(!seen.contains { if case .ended = $0 { true } else { false } })
        }
    }

    @Test("A socket closed in the middle of the handshake is closed at once, with what was queued for it dropped")
    func closedEarly() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: ends.server) { recorder in
                recorder.onAccepted = { socket, loop in
                    loop.write([UInt8](repeating: 7, count: 1000), to: socket)
                    loop.close(socket)
                }
            }
            let answer = try await onThread { try BlockingSocket(address).receive() }
            #expect(answer == nil)
            try await log.wait("closed") { $0.contains { if case .closed(_, .local) = $0 { true } else { false } } }
            let left = try await loops.loops[0].run { $0.queuedBytesInAll }
            #expect(left == 0)
        }
    }
}
