import Reactor
import TestClients
import Testing

/// TLS when one side is slow: what waits where, and how much of it.
@Suite(.serialized) struct TLSFlowTests {
    private let ends: SecureEnds

    init() throws { ends = try SecureEnds() }

    @Test("Megabytes go both ways at once while both sides are slow, whole and in order, within the bounds")
    func backpressure() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server, tls: ends.server) { recorder in
                recorder.onAccepted = { socket, loop in loop.setQueueBound(20 << 20, on: socket) }
                recorder.echoes()
            }
            let sent = (0..<(12 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 5) }
            let socket = try await connection(loops.loops[1], to: address, client, tls: ends.target) { recorder in
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
            let address = try await listener(loops.loops[0], server, tls: ends.server) { recorder in
                recorder.used = { _, socket, loop in
                    loop.pauseReading(socket)
                    return 0
                }
            }
            let socket = try await connection(loops.loops[1], to: address, client, tls: ends.target) { recorder in
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
}
