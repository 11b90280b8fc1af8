import Reactor
import TestClients
import Testing

/// TLS between the handler and the wire, when all goes well.
@Suite(.serialized) struct TLSSocketTests {
    private let ends: SecureEnds

    init() throws { ends = try SecureEnds() }

    @Test("Both sides on loops: connected after the handshake, plain text both ways, goodbyes at the end")
    func loops() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server, tls: ends.server) { $0.echoes() }
            let socket = try await connection(loops.loops[1], to: address, client, tls: ends.target) { recorder in
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
            let address = try await listener(loops.loops[0], server, tls: ends.server) { $0.echoes() }
            let socket = try await connection(loops.loops[0], to: address, client, tls: ends.target)
            _ = try await loops.loops[0].run { $0.write(Array("early".utf8), to: socket) }
            try await client.wait("the echo") { $0.bytes(of: socket).count >= 5 }
        }
    }

    @Test("Cut at every byte, in the handshake and after it, the stream comes to the same")
    func splits() async throws {
        try await withLoops { loops in
            let log = Log()
            let loop = loops.loops[0]
            let address = try await listener(loop, log, tls: ends.server) { $0.echoes() }
            let peer = try SecurePeer(address, trusting: ends.certificates.authority)
            try await onThread {
                try peer.handshake { state, flight in
                    for byte in flight { try state.send([byte]) }
                }
            }
            let size = try peer.with { $0.seal(Array("0123456789".utf8)).count }
            // That record was thrown away, and so the next would be refused: a new connection.
            let second = try SecurePeer(address, trusting: ends.certificates.authority)
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

    @Test("A socket moves to another loop with its session, its unread bytes and what it has not sent")
    func detach() async throws {
        try await withLoops(2) { try await moveToAnotherLoop($0, tls: ends.server, ends.target) }
    }
}
