import CTLS
import Dispatch
import Glibc
import Reactor
import TestClients
import Testing

@Suite(.serialized) struct TLSFaultTests {
    private let certificates: Certificates
    private let server: TLSServer

    init() throws {
        certificates = try Certificates()
        let leaf = try certificates.leaf("node", for: "DNS:node.example")
        server = try TLSServer(.init(pairs: [TLSPair(chain: leaf.chain, key: leaf.key)]))
    }

    /// Connects and gives the reason of its end.
    private func end(
        _ loop: LoopHandle, to address: SocketAddress, _ client: TLSClient, host: String = "node.example",
        deadline: Duration = .seconds(20)
    ) async throws -> CloseReason? {
        let log = Log()
        try await connection(loop, to: address, log, deadline: deadline, tls: client.expecting(host))
        let seen = try await log.wait("an end") { $0.contains { $0.isClosed } }
        guard case .closed(_, let reason) = seen.last else { return nil }
        return reason
    }

    @Test("What a client finds wrong with a server is its reason to close")
    func verification() async throws {
        try await withLoops { loops in
            let loop = loops.loops[0]
            let trusting = try TLSClient(.init(trust: certificates.authority))
            let address = try await listener(loop, Log(), tls: server)
            #expect(try await end(loop, to: address, trusting, host: "other.example") == .tls(.wrongName))
            #expect(try await end(loop, to: address, trusting, host: "127.0.0.1") == .tls(.wrongName))
            let strangers = try Certificates()
            let stranger = try TLSClient(.init(trust: strangers.authority))
            #expect(try await end(loop, to: address, stranger) == .tls(.untrusted))
            let old = try certificates.leaf("old", for: "DNS:node.example", expired: true)
            let late = try TLSServer(.init(pairs: [TLSPair(chain: old.chain, key: old.key)]))
            #expect(try await end(loop, to: listener(loop, Log(), tls: late), trusting) == .tls(.expired))
            let own = try TLSServer(
                .init(pairs: [TLSPair(chain: certificates.authority, key: certificates.path("ca.key"))]))
            #expect(try await end(loop, to: listener(loop, Log(), tls: own), stranger) == .tls(.selfSigned))
            let counters = try await loop.run { $0.tlsCounters }
            #expect(counters.faults[.wrongName] == 2 && counters.faults[.alert, default: 0] >= 3)
        }
    }

    @Test("A name that was agreed on stands for the host")
    func agreedName() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: server)
            let client = try TLSClient(.init(trust: certificates.authority, peerName: "node.example"))
            let seen = Log()
            try await connection(loops.loops[0], to: address, seen, tls: client.expecting("127.0.0.1"))
            try await seen.wait("connected") { $0.contains { if case .connected = $0 { true } else { false } } }
        }
    }

    @Test("A silent server and one without TLS end a connect with the right reason")
    func noTLS() async throws {
        try await withLoops { loops in
            let loop = loops.loops[0]
            let client = try TLSClient(.init(trust: certificates.authority))
            let silent = try await listener(loop, Log())
            #expect(try await end(loop, to: silent, client, deadline: .milliseconds(50)) == .timedOut)
            let plain = try await listener(loop, Log()) { recorder in
                recorder.onAccepted = { socket, loop in loop.write(Array("HTTP/1.1 400 Bad\r\n\r\n".utf8), to: socket) }
            }
            #expect(try await end(loop, to: plain, client) == .tls(.notTLS))
            let refused = try SocketAddress(host: "127.0.0.1", port: 1)
            #expect(try await end(loop, to: refused, client) == .connectFailed(ECONNREFUSED))
        }
    }

    @Test(
        "What is no TLS is closed with its reason, and never reaches the handler",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", TLSFault.plainHTTP), ("SSH-2.0-x\r\n", .notTLS),
            (String(repeating: "\u{16}", count: 70_000), .notTLS),
        ])
    func garbage(_ text: String, _ fault: TLSFault) async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: server)
            try await onThread {
                let socket = try BlockingSocket(address)
                try socket.send(Array(text.utf8))
                while try socket.receive() != nil {}
            }
            let seen = try await log.wait("closed") { $0.contains { $0.isClosed } }
            #expect(seen.contains { if case .closed(_, .tls(fault)) = $0 { true } else { false } }, "\(seen)")
            #expect(!seen.contains { if case .bytes = $0 { true } else { false } })
        }
    }

    @Test("An altered record ends the connection with an alert; what came before it was delivered")
    func altered() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: server)
            let peer = try SecurePeer(address, trusting: certificates.authority)
            let last = try await onThread {
                try peer.handshake()
                return try peer.with { state in
                    let good = state.seal([1, 2, 3])
                    var spoilt = state.seal([4, 5, 6])
                    spoilt[spoilt.count - 1] ^= 1
                    try state.send(good + spoilt)
                    _ = try state.readToEnd()
                    return state.error
                }
            }
            #expect(last.contains("alert"), "\(last)")
            let seen = try await log.wait("closed") { $0.contains { $0.isClosed } }
            #expect(seen.contains { if case .closed(_, .tls(.record)) = $0 { true } else { false } }, "\(seen)")
            let delivered = seen.flatMap { if case .bytes(_, let bytes) = $0 { bytes } else { [UInt8]() } }
            #expect(delivered == [1, 2, 3])
        }
    }

    @Test("Connections that say nothing, or hang up at once, are no faults")
    func scanners() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: server)
            try await onThread { for _ in 0..<10 { _ = try BlockingSocket(address) } }
            let seen = try await log.wait("ten ends") { $0.filter(\.isClosed).count == 10 }
            #expect(seen.allSatisfy { if case .closed(_, let reason) = $0 { reason == .peer } else { true } })
            let counters = try await loops.loops[0].run { $0.tlsCounters }
            #expect(counters.faults.isEmpty)
        }
    }

    @Test("A flood of handshakes is spread over rounds of a millisecond, and all of them are served")
    func flood() async throws {
        try await withLoops { loops in
            let log = Log()
            let address = try await listener(loops.loops[0], log, tls: server)
            let rounds = Locked(RoundTimes())
            _ = try await loops.loops[0].run { loop in RoundCounter(rounds).start(loop) }
            // The loop stands still until a hundred greetings have come.
            let gate = DispatchSemaphore(value: 0)
            loops.loops[0].post { _ in gate.wait() }
            let peers = try await onThread {
                defer { gate.signal() }
                return try (0..<100).map { _ in
                    let peer = try SecurePeer(address, trusting: certificates.authority)
                    try peer.with { try $0.send($0.feed([])) }
                    return peer
                }
            }
            try await onThread {
                for peer in peers {
                    try peer.with { state in
                        while !state.isOpen {
                            guard let bytes = try state.receive() else { throw ClientError("refused") }
                            try state.send(state.feed(bytes))
                        }
                        try state.send(state.seal([7]))
                    }
                }
            }
            try await log.wait("all of them") {
                $0.count { if case .bytes(_, [7]) = $0 { true } else { false } } == 100
            }
            let times = rounds.withLock { $0 }
            // A hundred handshakes are some 20 ms of work here, and more elsewhere: what counts is that no round had most of it.
            #expect(times.total > 8_000_000 && times.longest * 3 < times.total, "\(times)")
        }
    }
}

/// What rounds cost a loop's thread, in nanoseconds of its own time: others on the machine do not show in it.
private struct RoundTimes: Sendable {
    var last: Int64?
    var longest: Int64 = 0
    var total: Int64 = 0
}

/// Notes the cost of every round, and keeps the loop going round.
private final class RoundCounter: SocketHandler {
    private let times: Locked<RoundTimes>
    private var handler: HandlerID?

    init(_ times: Locked<RoundTimes>) { self.times = times }

    func start(_ loop: EventLoop) {
        let id = loop.register(self)
        handler = id
        loop.atRoundEnd(id)
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int { 0 }
    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {}

    func roundEnded(on loop: EventLoop) {
        var clock = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &clock)
        let now = Int64(clock.tv_sec) * 1_000_000_000 + Int64(clock.tv_nsec)
        times.withLock { times in
            let cost = now - (times.last ?? now)
            times.last = now
            times.longest = max(times.longest, cost)
            if cost > 100_000 { times.total += cost }
        }
        if let handler { loop.atRoundEnd(handler) }
    }
}
