import Testing

@testable import WebSocketWire

/// None of these may trap; what they are read as does not matter.
@Suite("Hostile input")
struct HostileInputTests {
    @Test func `Random frames never trap and never hold more than the limit`() {
        let limits = MessageLimits(maxMessageBytes: 4096, maxFrames: 16)
        for seed in 0..<60_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var parts = (0..<3).map { _ in generator.bytes(Int.random(in: 0...40, using: &generator)) }
            // Half of them start like a frame, or nearly all would end at their first byte.
            if Bool.random(using: &generator), !parts[0].isEmpty {
                parts[0][0] = [0x01, 0x02, 0x81, 0x82, 0x88, 0x89].randomElement(using: &generator) ?? 0x81
                if parts[0].count > 1 { parts[0][1] |= 0x80 }
            }
            let role: MessageReader.Role = Bool.random(using: &generator) ? .server : .client
            #expect(events(parts, role: role, limits: limits).heldBytes <= 4096, "seed \(seed)")
        }
    }

    @Test func `Random bytes and turned bits in heads never trap`() {
        let right = Array(Request().adding("Sec-WebSocket-Protocol: a, b").text.utf8)
        for seed in 0..<40_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var bytes = seed % 4 == 0 ? generator.bytes(Int.random(in: 0...80, using: &generator)) : right
            for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.removeSubrange(index...)
                }
            }
            let seen = outcome(bytes)
            if seed % 64 == 0 { #expect(outcomeByteByByte(bytes) == seen, "seed \(seed)") }
            _ = bytes.withUnsafeBytes { HTTPResponseHead.parse($0) }
        }
    }
}
