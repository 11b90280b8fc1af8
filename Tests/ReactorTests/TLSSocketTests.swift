import CTLS
import Glibc
import Reactor
import TestClients
import Testing

@Suite(.serialized) struct TLSSocketTests {
    private let certificates: Certificates
    private let server: TLSServer
    private let client: TLSClient

    init() throws {
        certificates = try Certificates()
        let leaf = try certificates.leaf("node", for: "DNS:node.example,IP:127.0.0.1")
        server = try TLSServer(.init(pairs: [TLSPair(chain: leaf.chain, key: leaf.key)]))
        client = try TLSClient(.init(trust: certificates.authority))
    }

    private func secureListener(
        _ loop: LoopHandle, _ log: Log, _ setUp: @escaping @Sendable (Recorder) -> Void = { _ in }
    ) async throws -> SocketAddress {
        try await loop.run { [server] loop in
            let recorder = Recorder(log)
            setUp(recorder)
            let handler = loop.register(recorder)
            return Result {
                try loop.listen(on: SocketAddress(host: "127.0.0.1", port: 0), handler: handler, tls: server)
            }
        }.get()
    }

    @discardableResult
    private func secureConnection(
        _ loop: LoopHandle, to address: SocketAddress, _ log: Log, host: String = "node.example",
        trusting other: TLSClient? = nil, deadline: Duration = .seconds(10),
        _ setUp: @escaping @Sendable (Recorder) -> Void = { _ in }
    ) async throws -> SocketID {
        let target = (other ?? client).expecting(host)
        return try await loop.run { loop in
            let recorder = Recorder(log)
            setUp(recorder)
            let handler = loop.register(recorder)
            return Result { try loop.connect(to: address, handler: handler, deadline: deadline, tls: target) }
        }.get()
    }

    private static let echo: @Sendable (Recorder) -> Void = { recorder in
        recorder.used = { bytes, socket, loop in
            loop.write(UnsafeRawBufferPointer(bytes), to: socket)
            return bytes.count
        }
    }

    @Test("Both sides on loops: connected after the handshake, plain text both ways, goodbyes at the end")
    func loops() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let address = try await secureListener(loops.loops[0], server, Self.echo)
            let socket = try await secureConnection(loops.loops[1], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in loop.write(Array("hello".utf8), to: socket) }
            }
            try await client.wait("the echo") { $0.bytes(of: socket).count >= 5 }
            #expect(client.all.bytes(of: socket) == Array("hello".utf8))
            #expect(client.all.first == .connected(socket))
            _ = try await loops.loops[1].run { $0.close(socket) }
            let seen = try await server.wait("closed") { $0.contains { $0.isClosed } }
            #expect(seen.contains { if case .closed(_, .peer) = $0 { true } else { false } }, "\(seen)")
            try await client.wait("closed") { $0.contains(.closed(socket, .local)) }
            let counters = try await loops.loops[0].run { $0.tlsCounters }
            #expect(counters.handshakes == ["TLSv1.3": 1] && counters.faults.isEmpty)
        }
    }

    @Test("A connection that queues before it is connected is heard once it is")
    func early() async throws {
        try await withLoops { loops in
            let server = Log(), client = Log()
            let address = try await secureListener(loops.loops[0], server, Self.echo)
            let socket = try await secureConnection(loops.loops[0], to: address, client)
            _ = try await loops.loops[0].run { $0.write(Array("early".utf8), to: socket) }
            try await client.wait("the echo") { $0.bytes(of: socket).count >= 5 }
        }
    }

    @Test("Cut at every byte, in the handshake and after it, the stream comes to the same")
    func splits() async throws {
        try await withLoops { loops in
            let log = Log()
            let loop = loops.loops[0]
            let address = try await secureListener(loop, log, Self.echo)
            let peer = try SecurePeer(address, trusting: certificates.authority)
            try await onThread {
                try peer.handshake { state, flight in
                    for byte in flight { try state.send([byte]) }
                }
            }
            let size = try peer.with { $0.seal(Array("0123456789".utf8)).count }
            // That record was thrown away, and so the next would be refused: a new connection.
            let second = try SecurePeer(address, trusting: certificates.authority)
            try await onThread { try second.handshake() }
            for cut in 1..<size {
                let record = try second.with { state in
                    let record = state.seal(Array("0123456789".utf8))
                    try state.send(Array(record[..<cut]))
                    return record
                }
                // The bytes are in the kernel, and a round goes by: they are read.
                _ = try await loop.run { _ in true }
                try await onThread {
                    try second.with { state in
                        try state.send(Array(record[cut...]))
                        try state.read(10)
                        #expect(state.got == Array("0123456789".utf8), "cut at \(cut)")
                        state.got = []
                    }
                }
            }
        }
    }

    @Test("Megabytes go both ways at once while both sides are slow, whole and in order, within the bounds")
    func backpressure() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let address = try await secureListener(loops.loops[0], server) { recorder in
                recorder.onAccepted = { socket, loop in loop.setQueueBound(20 << 20, on: socket) }
                Self.echo(recorder)
            }
            let sent = (0..<(12 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 5) }
            let socket = try await secureConnection(loops.loops[1], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in
                    loop.setQueueBound(16 << 20, on: socket)
                    loop.write(sent, to: socket)
                    loop.pauseReading(socket)
                }
            }
            // The client does not read: the server ends up blocked, with the rest of the echo in its queue.
            let accepted = try await server.wait("the connection") { $0.contains { $0.isAccepted } }
            guard case .accepted(let other) = accepted.first(where: \.isAccepted) else { return }
            try await server.wait("all of it") { seen in
                seen.reduce(0) { if case .bytes(_, let bytes) = $1 { $0 + bytes.count } else { $0 } } == 12 << 20
            }
            let held = try await loops.loops[0].run {
                ($0.isBlocked(other), $0.queuedBytes(other), $0.queuedBytesInAll)
            }
            #expect(held.0 && held.1 > 0 && held.1 == held.2)
            _ = try await loops.loops[1].run { $0.resumeReading(socket) }
            try await client.wait("the echo") { $0.bytes(of: socket).count == 12 << 20 }
            #expect(client.all.bytes(of: socket) == sent)
            try await server.wait("drained") { $0.contains(.drained(other)) }
            let left = try await loops.loops[0].run { ($0.queuedBytes(other), $0.queuedBytesInAll) }
            #expect(left == (0, 0))
        }
    }

    @Test("A paused handler's leftovers stay within a read, and the peer is slowed down")
    func paused() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let address = try await secureListener(loops.loops[0], server) { recorder in
                recorder.used = { _, socket, loop in
                    loop.pauseReading(socket)
                    return 0
                }
            }
            let socket = try await secureConnection(loops.loops[1], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in
                    loop.setQueueBound(64 << 20, on: socket)
                    loop.write([UInt8](repeating: 1, count: 32 << 20), to: socket)
                }
            }
            let seen = try await server.wait("the first bytes") {
                $0.contains { if case .bytes = $0 { true } else { false } }
            }
            guard case .accepted(let other) = seen.first(where: \.isAccepted) else { return }
            let held = try await loops.loops[0].run { $0.heldBytes(other) }
            #expect(held > 0 && held <= 512 << 10)
            let waits = try await loops.loops[1].run { $0.queuedBytes(socket) }
            #expect(waits > 16 << 20)
        }
    }

    @Test("A socket moves to another loop with its session, its unread bytes and what it has not sent")
    func detach() async throws {
        try await withLoops(2) { loops in
            let first = Log(), second = Log(), client = Log()
            let other = loops.loops[1]
            let address = try await secureListener(loops.loops[0], first) { recorder in
                recorder.used = { bytes, socket, loop in
                    loop.write(Array("from first,".utf8), to: socket)
                    guard let detached = loop.detach(socket) else { return 0 }
                    other.post { loop in
                        let recorder = Recorder(second)
                        Self.echo(recorder)
                        _ = loop.adopt(detached, handler: loop.register(recorder))
                    }
                    return 2
                }
            }
            let socket = try await secureConnection(loops.loops[0], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in loop.write(Array("hello".utf8), to: socket) }
            }
            let expected = Array("from first,hello".utf8)
            try await client.wait("both answers") { $0.bytes(of: socket).count >= expected.count }
            #expect(client.all.bytes(of: socket) == expected)
            _ = try await loops.loops[0].run { $0.write(Array(" again".utf8), to: socket) }
            try await client.wait("the echo of the second loop") { $0.bytes(of: socket).count >= 22 }
            #expect(!first.all.contains { $0.isClosed })
        }
    }

    @Test("After the peer's goodbye the other direction still carries bytes, and ends with a goodbye of its own")
    func halfClose() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await secureListener(loops.loops[0], log) { recorder in
                recorder.onEnded = { socket, loop in
                    loop.after(.milliseconds(20)) { loop in
                        loop.write([UInt8](repeating: 9, count: 900_000), to: socket)
                        loop.close(socket)
                    }
                }
            }
            let peer = try SecurePeer(address, trusting: certificates.authority)
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
            let address = try await secureListener(loops.loops[0], log) { recorder in
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
            let peer = try SecurePeer(address, trusting: certificates.authority)
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
            let address = try await secureListener(loops.loops[0], log)
            let peer = try SecurePeer(address, trusting: certificates.authority)
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
            let address = try await secureListener(loops.loops[0], log) { recorder in
                recorder.onAccepted = { socket, loop in
                    loop.write([UInt8](repeating: 7, count: 1000), to: socket)
                    loop.close(socket)
                }
            }
            let answer = try await onThread {
                let descriptor = try connectBlocking(address)
                defer { close(descriptor) }
                return try receiveBlocking(descriptor)
            }
            #expect(answer == nil)
            try await log.wait("closed") { $0.contains { if case .closed(_, .local) = $0 { true } else { false } } }
            let left = try await loops.loops[0].run { $0.queuedBytesInAll }
            #expect(left == 0)
        }
    }
}
