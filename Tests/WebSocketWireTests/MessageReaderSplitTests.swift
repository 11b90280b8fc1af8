import Testing

@testable import WebSocketWire

/// TCP may split the bytes anywhere; the events must not depend on it.
@Suite("Split reads")
struct MessageReaderSplitTests {
    @Test func `Every two-part split and byte by byte give the events of one read`() {
        let conversations = [
            text("Hello") + frame(9, [1]) + frame(2, [2, 3]) + frame(8, [3, 0xe8, 0x61]),
            text("jür", isFinal: false) + frame(9, [1, 2, 3]) + frame(0, Array("gen€𝄞".utf8)) + frame(10) + text(""),
            frame(2, [UInt8](repeating: 5, count: 300)) + frame(1, [0xc3, 0xbc, 0xc3]) + text("late"),
            frame(2, [], isFinal: false) + frame(0, [], isFinal: false) + frame(0, []) + frame(3),
        ]
        for bytes in conversations {
            let whole = events(bytes)
            #expect(events(byteByByte(bytes)).seen == whole)
            for cut in 0...bytes.count {
                #expect(events([Array(bytes[..<cut]), Array(bytes[cut...])]).seen == whole, "cut at \(cut)")
            }
        }
    }

    @Test func `Random conversations under random splits give the events of one read`() {
        for seed in 0..<400 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let bytes = conversation(&generator)
            let whole = events(bytes)
            #expect(!whole.isEmpty, "seed \(seed)")
            for _ in 0..<4 {
                #expect(events(split(bytes, &generator)).seen == whole, "seed \(seed)")
            }
        }
    }

    @Test func `Random conversations are read as they were meant`() {
        for seed in 0..<300 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var bytes: [UInt8] = []
            var meant: [Seen] = []
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let isText = Bool.random(using: &generator)
                let payload =
                    isText ? randomText(&generator) : generator.bytes(Int.random(in: 0...300, using: &generator))
                let parts = split(payload, &generator)
                for (index, part) in parts.enumerated() {
                    if Int.random(in: 0..<4, using: &generator) == 0 {
                        let stamp = generator.bytes(Int.random(in: 0...125, using: &generator))
                        bytes += frame(9, stamp)
                        meant.append(.ping(stamp))
                    }
                    let opcode: UInt8 = index > 0 ? 0 : isText ? 1 : 2
                    let mask = UInt32.random(in: 0...UInt32.max, using: &generator)
                    bytes += frame(opcode, part, isFinal: index == parts.count - 1, mask: mask)
                }
                meant.append(.message(isText ? .text : .binary, payload))
            }
            #expect(events(split(bytes, &generator)).seen == meant, "seed \(seed)")
        }
    }

    func randomText(_ generator: inout SeededGenerator) -> [UInt8] {
        let letters = ["a", "é", "€", "𝄞", "\0", "plain ascii, longer than eight"]
        return (0..<Int.random(in: 0...40, using: &generator)).flatMap { _ in
            Array((letters.randomElement(using: &generator) ?? "").utf8)
        }
    }

    /// Mostly right, sometimes with one bit turned.
    func conversation(_ generator: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes += frame(9, generator.bytes(Int.random(in: 0...125, using: &generator)))
            case 1: bytes += frame(2, generator.bytes(Int.random(in: 0...400, using: &generator)))
            case 2:
                let payload = randomText(&generator)
                let cut = Int.random(in: 0...payload.count, using: &generator)
                bytes += frame(1, Array(payload[..<cut]), isFinal: false) + frame(0, Array(payload[cut...]))
            default: bytes += frame(1, randomText(&generator))
            }
        }
        if Bool.random(using: &generator) {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        return bytes + frame(8, [3, 0xe8])
            + frame(3)  // so that something is always seen, even if a bit turned the close into a long payload
    }

    func split(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = min(Int.random(in: 1...60, using: &generator), rest.count)
            parts.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return parts.isEmpty ? [[]] : parts
    }
}
