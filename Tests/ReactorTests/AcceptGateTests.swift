import Glibc
import TestClients
import Testing

@testable import Reactor

@Suite struct AcceptGateTests {
    /// What the listeners of these tests do: note who came, and forget nobody.
    private func gated(_ loop: LoopHandle, _ log: Log, _ gate: AcceptGate, port: Int = 0) async throws -> SocketAddress
    {
        try await listener(loop, log, port: port, gate: gate)
    }

    private func accepted(_ log: Log) -> [SocketID] {
        log.all.compactMap { if case .accepted(let socket) = $0 { socket } else { nil } }
    }

    @Test func noMoreComeInThanThereIsRoomForAndTheRestWaitsInTheKernel() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let gate = AcceptGate(bounds: .init(connections: 3))
            let address = try await gated(loops.loops[0], server, gate)
            for _ in 0..<5 { try await connection(loops.loops[1], to: address, client) }
            // All five are connected as far as they can see …
            try await client.wait("five connections") { seen in
                seen.count { if case .connected = $0 { true } else { false } } == 5
            }
            try await server.wait("the pause") { $0.contains(.acceptPaused) }
            // … but two of them only to the kernel.
            #expect(accepted(server).count == 3)
            #expect(gate.openConnections == 3)
            #expect(gate.pausedNow == 1)
            let first = accepted(server)[0]
            loops.loops[0].post { $0.abort(first) }
            try await server.wait("a fourth") { $0.count { $0.isAccepted } == 4 }
            #expect(gate.openConnections == 3)
            let second = accepted(server)[1]
            loops.loops[0].post { $0.abort(second) }
            try await server.wait("the fifth") { $0.count { $0.isAccepted } == 5 }
        }
    }

    @Test func roomOnOneLoopLetsTheOtherGoOnSoThatNobodyIsStranded() async throws {
        try await withLoops(3) { loops in
            let server = Log(), client = Log()
            let gate = AcceptGate(bounds: .init(connections: 4))
            let first = Log(), second = Log()
            let address = try await listener(loops.loops[0], first, gate: gate) { recorder in
                recorder.onAccepted = { _, _ in server.add(.note("first")) }
            }
            _ = try await listener(loops.loops[1], second, port: address.port, gate: gate) { recorder in
                recorder.onAccepted = { _, _ in server.add(.note("second")) }
            }
            for _ in 0..<60 { try await connection(loops.loops[2], to: address, client) }
            // The first loop's clients leave as long as it has any; the second's newcomers must get their turn by that.
            var gone: [Set<SocketID>] = [[], []]
            for round in 1...60 {
                try await server.wait("client \(round)") { $0.count >= round }
                if server.all.count == 60 { break }
                if gate.openConnections < 4 { continue }
                if let leaving = accepted(first).first(where: { !gone[0].contains($0) }) {
                    gone[0].insert(leaving)
                    loops.loops[0].post { $0.abort(leaving) }
                } else if let leaving = accepted(second).first(where: { !gone[1].contains($0) }) {
                    gone[1].insert(leaving)
                    loops.loops[1].post { $0.abort(leaving) }
                }
            }
            #expect(gate.openConnections <= 4)
            #expect(server.all.contains(.note("first")) && server.all.contains(.note("second")))
        }
    }

    @Test func aPauseIsReportedOnceASecondWithTheirNumber() {
        let gate = AcceptGate()
        let loop = LoopHandle(mailbox: Mailbox())
        func pause(_ milliseconds: Int64) -> AcceptPause? {
            gate.paused(loop, .descriptors, errno: 0, at: MonotonicTime(nanoseconds: milliseconds * 1_000_000))
        }
        #expect(pause(5000)?.times == 1)
        for time in 0..<50 { #expect(pause(5001 + Int64(time) * 19) == nil) }
        #expect(pause(6000)?.times == 51)
        #expect(pause(6999) == nil)
        #expect(gate.pauses == [.descriptors: 53])
        #expect(gate.pausedNow == 1)
        gate.resumed(loop)
        #expect(gate.pausedNow == 0)
    }

    @Test func aConnectionThatChangesItsLoopKeepsItsPlace() async throws {
        try await withLoops(2) { loops in
            let server = Log(), other = Log(), client = Log()
            let gate = AcceptGate(bounds: .init(connections: 2))
            let address = try await gated(loops.loops[0], server, gate)
            _ = try await gated(loops.loops[1], other, gate, port: address.port)
            for _ in 0..<2 { try await connection(loops.loops[1], to: address, client) }
            try await until("both are in") { accepted(server).count + accepted(other).count == 2 }
            #expect(gate.openConnections == 2)
            let seen = (accepted(server), accepted(other))
            // From whichever loop has one to the other.
            let from = seen.0.isEmpty ? 1 : 0
            let socket = seen.0.first ?? seen.1[0]
            let moved = try await loops.loops[from].run { $0.detach(socket) }
            #expect(gate.openConnections == 1)
            let content = try #require(moved)
            let arrived = try await loops.loops[1 - from].run { loop in
                loop.adopt(content, handler: loop.register(Recorder(Log())))
            }
            #expect(gate.openConnections == 2)
            let there = try #require(arrived)
            _ = try await loops.loops[1 - from].run { $0.abort(there) }
            try await until("its place is free") { gate.openConnections == 1 }
        }
    }

    @Test func tooMuchHeldMemoryPausesAcceptAsksForReliefAndEnds() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log(), late = Log()
            let gate = AcceptGate(bounds: .init(heldBytes: 1 << 20))
            let address = try await listener(loops.loops[0], server, gate: gate) { recorder in
                recorder.onMemoryShort = { bytes, loop in
                    server.add(.note("short"))
                    // More than the excess, since relief goes on to three quarters of the bound.
                    #expect(bytes > 2 << 20)
                    loop.heldElsewhere = 0
                    return bytes
                }
            }
            try await connection(loops.loops[1], to: address, client)
            try await server.wait("one client") { $0.contains { $0.isAccepted } }
            _ = try await loops.loops[0].run { loop in
                loop.heldElsewhere = 3 << 20
            }
            try await server.wait("the wish for relief") { $0.contains(.note("short")) }
            try await until("relief") { gate.heldBytes == 0 }
            try await connection(loops.loops[1], to: address, late)
            try await server.wait("a second client") { $0.count { $0.isAccepted } == 2 }
        }
    }

    @Test func whileMemoryIsShortNobodyComesIn() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let gate = AcceptGate(bounds: .init(heldBytes: 1 << 20))
            let address = try await gated(loops.loops[0], server, gate)
            _ = try await loops.loops[0].run { $0.heldElsewhere = 2 << 20 }
            try await until("the gate knows") { gate.heldBytes > 0 }
            try await connection(loops.loops[1], to: address, client)
            try await server.wait("the pause") { $0.contains(.acceptPaused) }
            #expect(accepted(server).isEmpty)
            #expect(gate.pauses[.memory] != nil)
            _ = try await loops.loops[0].run { $0.heldElsewhere = 0 }
            try await server.wait("the client") { $0.contains { $0.isAccepted } }
        }
    }

    @Test func buffersThatAreLentOutAreHeldMemory() {
        let pool = BufferPool()
        defer { pool.destroy() }
        var small = pool.take(100), large = pool.take(100_000)
        #expect(pool.lentBytes == 256 + (128 << 10))
        pool.give(&small)
        pool.give(&large)
        pool.give(&large)
        #expect(pool.lentBytes == 0)
    }
}
