import ClusterModel
import Reactor
import TestClients
import Testing
import WebSocketWire

@testable import Edge

@Suite struct PressureTests {
    @Test func oneClientTooManyGets503AndAPlaceThatIsLeftIsTakenAgain() async throws {
        let bounds = ProcessBounds(caps: ClientCaps(bounds: .init(clients: 2)))
        try await withEdge(bounds: bounds) { address, notes in
            let first = try TestClient(address)
            let kept = try TestClient(address)
            _ = try await first.open("/x")
            _ = try await kept.open("/x")
            let third = try TestClient(address)
            try await third.send(TestClient.upgrade("/x"))
            let answer = try await third.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 503 "))
            #expect(answer.contains("Retry-After: 5\r\n"))
            #expect(answer.contains(#"{"error":{"code":"overloaded""#))
            // Plain requests cost no place: health must be seen just then.
            let plain = try TestClient(address)
            try await plain.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await plain.readAnswer().hasPrefix("HTTP/1.1 200"))
            try await first.send(FrameWriter.close(code: .normal, mask: 1))
            #expect(try await first.event() == "close:1000:")
            #expect(try await first.event() == "end")
            try await notes.wait(for: "ended 1000 ")
            try await until("the place is free") { bounds.caps.clientsNow == 1 }
            let fourth = try TestClient(address)
            #expect(try await fourth.open("/x").hasPrefix("HTTP/1.1 101"))
            #expect(bounds.caps.refusals[.clients] == 1)
        }
    }

    @Test func aRefusedClientLeavesNoPlaceTaken() async throws {
        let bounds = ProcessBounds(caps: ClientCaps(bounds: .init(clients: 1)))
        try await withEdge(bounds: bounds) { address, _ in
            for _ in 0..<3 {
                let refused = try TestClient(address)
                try await refused.send(TestClient.upgrade("/no"))
                _ = try await refused.readToEnd()
                try await until("the place is free") { bounds.caps.clientsNow == 0 }
            }
        }
    }

    @Test func anAddressWithItsShareIsTurnedAwayBeforeItSaysAWord() async throws {
        let bounds = ProcessBounds(caps: ClientCaps(bounds: .init(perAddress: 2)))
        try await withEdge(bounds: bounds) { address, _ in
            let silent = try TestClient(address)
            var open: TestClient? = try TestClient(address)
            _ = try await open?.open("/x")
            let third = try TestClient(address)
            let answer = try await third.readToEnd()
            #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("from this address"))
            open = nil
            try await until("the place is free") { bounds.gate.openConnections == 1 }
            let fourth = try TestClient(address)
            #expect(try await fourth.open("/x").hasPrefix("HTTP/1.1 101"))
            withExtendedLifetime(silent) {}
        }
    }

    @Test func silentConnectionsMakeRoomForGoodOnesAndHearWhy() async throws {
        // The least there is per loop: sixteen.
        let bounds = ProcessBounds(caps: ClientCaps(bounds: .init(handshakes: 16)))
        try await withEdge(bounds: bounds) { address, _ in
            let silent = try (0..<60).map { _ in try TestClient(address) }
            // They go in as many turns as it takes all of them to come and to grow old enough.
            try await until("the oldest are gone") { bounds.caps.refusals[.handshakes, default: 0] >= 60 - 16 }
            #expect(try await silent[0].readToEnd().hasPrefix("HTTP/1.1 408 "))
            let good = try TestClient(address)
            #expect(try await good.open("/x").hasPrefix("HTTP/1.1 101"))
            try await until("nobody else is held") { bounds.gate.openConnections <= 18 }
            withExtendedLifetime(silent) {}
        }
    }

    @Test func whoHoldsMostOfTooMuchMemoryIsClosedAndTheOthersAreNot() async throws {
        let bounds = ProcessBounds(gate: AcceptGate(bounds: .init(heldBytes: 4 << 20)))
        var limits = EdgeLimits()
        limits.message = MessageLimits(maxMessageBytes: 16 << 20)
        try await withEdge(limits, bounds: bounds) { address, notes in
            let modest = try TestClient(address)
            _ = try await modest.open("/x")
            let greedy = try TestClient(address)
            _ = try await greedy.open("/x")
            // Six megabytes of a message that never ends; no bound but the sum is reached.
            var frame: [UInt8] = [0x02, 0x80 | 127, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0]
            frame += [UInt8](repeating: 1, count: 6 << 20)
            try? await greedy.send(frame)
            #expect(try await greedy.event() == "close:4004:retry=5000")
            try await until("the memory is free") { bounds.gate.heldBytes < 1 << 20 }
            try await modest.message("still here")
            #expect(try await modest.event() == "text:still here")
            #expect(bounds.caps.refusals[.memory] == 1)
            let new = try TestClient(address)
            #expect(try await new.open("/x").hasPrefix("HTTP/1.1 101"))
        }
    }

    @Test func theSlowestReaderIsClosedWith4009WhenTheSumIsTooMuch() async throws {
        let bounds = ProcessBounds(gate: AcceptGate(bounds: .init(heldBytes: 4 << 20)))
        var limits = EdgeLimits()
        limits.queueBytes = 64 << 20
        try await withEdge(limits, bounds: bounds) { address, notes in
            let modest = try TestClient(address)
            _ = try await modest.open("/x")
            let slow = try TestClient(address, receiveBuffer: 4096)
            try await slow.send(TestClient.upgrade("/flood"))
            try await notes.wait(for: "ended 4009 ")
            try await modest.message("still here")
            #expect(try await modest.event() == "text:still here")
            // It did not read its close either, so it was cut off and the memory is free.
            try await until("the memory is free") { bounds.gate.heldBytes < 1 << 20 }
            withExtendedLifetime(slow) {}
        }
    }
}
