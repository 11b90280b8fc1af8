import CLinux
import Dispatch
import Glibc
import Reactor
import TestClients
import Testing

@Suite struct SocketTests {
    @Test func bytesComeBackInOrderAndUnusedOnesAreShownAgain() async throws {
        try await withLoops { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server) { recorder in
                // Uses up whole groups of four bytes only and echoes them.
                recorder.used = { bytes, socket, loop in
                    let whole = bytes.count / 4 * 4
                    loop.write(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), to: socket)
                    return whole
                }
            }
            let sent = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let socket = try await connection(loops.loops[0], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in loop.write(sent + [1, 2, 3], to: socket) }
            }
            try await client.wait("the echo") { $0.bytes(of: socket).count >= sent.count }
            #expect(client.all.bytes(of: socket) == sent)
        }
    }

    @Test func aLargeFrameArrivesWholeThoughItTakesManyReads() async throws {
        try await withLoops { loops in
            let server = Log(), client = Log()
            let whole = 3 << 20
            let address = try await listener(loops.loops[0], server) { recorder in
                recorder.used = { bytes, _, _ in bytes.count < whole ? 0 : bytes.count }
            }
            try await connection(loops.loops[0], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in
                    loop.setQueueBound(4 << 20, on: socket)
                    loop.write((0..<whole).map { UInt8(truncatingIfNeeded: $0 / 251) }, to: socket)
                }
            }
            let seen = try await server.wait("three megabytes at once") { seen in
                seen.contains { if case .bytes(_, let bytes) = $0 { bytes.count == whole } else { false } }
            }
            let last = seen.last { if case .bytes = $0 { true } else { false } }
            guard case .bytes(_, let bytes) = last else { return }
            #expect(bytes == (0..<whole).map { UInt8(truncatingIfNeeded: $0 / 251) })
        }
    }

    @Test func aHandlerThatNeverUsesAnythingLosesItsSocketAtTheBound() async throws {
        try await withLoops { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server) { $0.used = { _, _, _ in 0 } }
            try await connection(loops.loops[0], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in
                    loop.setQueueBound(16 << 20, on: socket)
                    loop.write([UInt8](repeating: 7, count: 8 << 20), to: socket)
                }
            }
            let seen = try await server.wait("the end") { $0.contains { $0.isClosed } }
            #expect(seen.contains { if case .closed(_, .error) = $0 { true } else { false } })
        }
    }

    @Test func theWriteQueueRefusesWhatPassesItsBoundAndKeepsWhatItHad() async throws {
        try await withLoops { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server)
            let socket = try await connection(loops.loops[0], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in
                    loop.setQueueBound(10_000, on: socket)
                    let first = loop.write([UInt8](repeating: 1, count: 9_000), to: socket)
                    let second = loop.write([UInt8](repeating: 2, count: 1_001), to: socket)
                    let third = loop.write([UInt8](repeating: 3, count: 1_000), to: socket)
                    client.add(.note("\(first) \(second) \(third) \(loop.queuedBytes(socket))"))
                }
            }
            try await client.wait("the writes") { $0.contains(.note("true false true 10000")) }
            let seen = try await server.wait("ten thousand bytes") { seen in
                seen.reduce(0) { if case .bytes(_, let bytes) = $1 { $0 + bytes.count } else { $0 } } == 10_000
            }
            #expect(!seen.contains { if case .bytes(_, let bytes) = $0 { bytes.contains(2) } else { false } })
            _ = socket
        }
    }

    @Test func aBlockedSocketIsToldWhenItHasDrained() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server) { recorder in
                recorder.onAccepted = { socket, loop in loop.pauseReading(socket) }
            }
            let socket = try await connection(loops.loops[1], to: address, client) { recorder in
                recorder.onConnected = { socket, loop in
                    loop.setQueueBound(64 << 20, on: socket)
                    loop.write([UInt8](repeating: 1, count: 32 << 20), to: socket)
                }
            }
            let accepted = try await server.wait("the connection") { $0.contains { $0.isAccepted } }
            guard case .accepted(let peer) = accepted[0] else { return }
            // The other loop may have accepted before this one has heard of it, and written.
            try await client.wait("connected") { $0.contains(.connected(socket)) }
            let blocked = try await loops.loops[1].run { loop in
                loop.isBlocked(socket) && loop.queuedBytes(socket) > 0 && loop.queuedBytesInAll > 0
            }
            #expect(blocked)
            #expect(!client.all.contains(.drained(socket)))
            _ = try await loops.loops[0].run { $0.resumeReading(peer) }
            try await client.wait("drained") { $0.contains(.drained(socket)) }
            try await server.wait("all of it") { seen in
                seen.reduce(0) { if case .bytes(_, let bytes) = $1 { $0 + bytes.count } else { $0 } } == 32 << 20
            }
            let left = try await loops.loops[1].run { $0.queuedBytesInAll }
            #expect(left == 0)
        }
    }

    @Test func afterAHalfCloseTheOtherDirectionStillCarriesBytes() async throws {
        try await withLoops { loops in
            let server = Log()
            let address = try await listener(loops.loops[0], server) { recorder in
                recorder.answersAfterTheEnd()
            }
            let answer = try await onThread { try askAndHalfClose(address, "question") }
            #expect(answer == 900_000)
            let seen = try await server.wait("closed") { $0.contains { $0.isClosed } }
            #expect(seen.contains { if case .closed(_, .peer) = $0 { true } else { false } })
        }
    }

    @Test func unreadInputDoesNotCostThePeerOurLastWords() async throws {
        try await withLoops { loops in
            let server = Log()
            // Answers and closes at the first bytes; what the peer goes on sending must not turn the answer into a reset.
            let address = try await listener(loops.loops[0], server) { recorder in
                recorder.used = { bytes, socket, loop in
                    loop.write(Array("no".utf8), to: socket)
                    loop.close(socket)
                    return 0
                }
            }
            let question = String(repeating: "x", count: 600_000)
            let answer = try await onThread { try askAndHalfClose(address, question) }
            #expect(answer == 2)
        }
    }

    @Test func aRefusedConnectEndsWithItsReason() async throws {
        try await withLoops { loops in
            let refused = Log()
            let closedPort = try SocketAddress(host: "127.0.0.1", port: 1)
            let socket = try await connection(loops.loops[0], to: closedPort, refused)
            try await refused.wait("refusal") {
                $0.contains { if case .closed(socket, .connectFailed) = $0 { true } else { false } }
            }
        }
    }

    @Test func aConnectThatNobodyAnswersEndsAtItsDeadline() async throws {
        try await withLoops(2) { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server, backlog: 0)
            // The loop stands still and accepts nobody; the kernel's queue holds one, and lets those behind it wait.
            let gate = DispatchSemaphore(value: 0)
            defer { gate.signal() }
            loops.loops[0].post { _ in gate.wait() }
            for _ in 0..<4 { try await connection(loops.loops[1], to: address, client, deadline: .milliseconds(300)) }
            try await client.wait("an end") {
                $0.contains { if case .closed(_, .timedOut) = $0 { true } else { false } }
            }
        }
    }

    @Test func aStaleIdDoesNothing() async throws {
        try await withLoops { loops in
            let server = Log(), client = Log()
            let address = try await listener(loops.loops[0], server)
            let socket = try await connection(loops.loops[0], to: address, client)
            try await client.wait("connected") { $0.contains(.connected(socket)) }
            _ = try await loops.loops[0].run { $0.abort(socket) }
            try await client.wait("closed") { $0.contains(.closed(socket, .local)) }
            let answers = try await loops.loops[0].run { loop in
                loop.close(socket)
                loop.abort(socket)
                loop.resumeReading(socket)
                return [loop.write([1], to: socket), loop.isBlocked(socket), loop.detach(socket) != nil]
            }
            #expect(answers == [false, false, false])
            #expect(client.all.filter(\.isClosed).count == 1)
        }
    }
}

/// Runs blocking calls on a thread that is not one of the tests'.
func onThread<Answer: Sendable>(_ body: @escaping @Sendable () throws -> Answer) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(with: Result(catching: body)) }
    }
}

/// Sends, closes the writing side, and reads to the end. Gives how many bytes came.
func askAndHalfClose(_ address: SocketAddress, _ question: String) throws -> Int {
    let socket = try BlockingSocket(address)
    // Who is answered before all of it is out need not take the rest.
    try? socket.send(Array(question.utf8))
    socket.finish()
    var total = 0
    while let bytes = try socket.receive() { total += bytes.count }
    return total
}
