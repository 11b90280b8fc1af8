import Testing

@testable import WebSocketWire

@Suite("Writing frames")
struct FrameWriterTests {
    @Test(arguments: [0, 1, 125, 126, 127, 65535, 65536, 100_000])
    func `What is written is read back, with the shortest length`(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let payload = generator.bytes(count)
        let plain = FrameWriter.bytes(.binary, payload)
        #expect(plain == frame(2, payload, mask: nil))
        #expect(plain.count == FrameWriter.frameCount(payloadCount: count))
        #expect(events(plain, role: .client) == [.message(.binary, payload)])
        let masked = FrameWriter.bytes(.binary, payload, mask: 0x0102_0304)
        #expect(masked == frame(2, payload, mask: 0x0102_0304))
        #expect(masked.count == FrameWriter.frameCount(payloadCount: count, masked: true))
        #expect(events(masked, role: .server) == [.message(.binary, payload)])
    }

    @Test func `Frames are written one behind the other into one buffer`() {
        var buffer = [UInt8](repeating: 0xee, count: 64)
        let used = buffer.withUnsafeMutableBytes { buffer in
            let first = FrameWriter.write(.text, UnsafeRawBufferPointer(start: nil, count: 0), into: buffer)
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[first...])
            return [1, 2, 3].withUnsafeBytes {
                first + FrameWriter.write(.pong, UnsafeRawBufferPointer(rebasing: $0[..<3]), into: rest)
            }
        }
        #expect(Array(buffer[..<used]) == [0x81, 0, 0x8a, 3, 1, 0, 0])
        #expect(buffer[used...].allSatisfy { $0 == 0xee })
    }

    @Test func `A client's close frame is masked`() {
        #expect(events(FrameWriter.close(code: .normal, reason: "bye", mask: 7)) == [.close(1000, "bye")])
    }
}

@Suite("Masking")
struct MaskingTests {
    @Test func `Any length, alignment and cut gives what byte by byte gives`() {
        for seed in 0..<2000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let key = UInt32.random(in: 0...UInt32.max, using: &generator)
            let start = Int.random(in: 0...9, using: &generator)
            let plain = generator.bytes(start + Int.random(in: 0...70, using: &generator))
            var masked = plain
            let cut = Int.random(in: start...plain.count, using: &generator)
            masked.withUnsafeMutableBytes { bytes in
                Masking.apply(key, to: UnsafeMutableRawBufferPointer(rebasing: bytes[start..<cut]))
                let next = Masking.advance(key, by: cut - start)
                Masking.apply(next, to: UnsafeMutableRawBufferPointer(rebasing: bytes[cut...]))
            }
            let expected = plain.enumerated().map { index, byte in
                index < start ? byte : byte ^ UInt8(truncatingIfNeeded: key >> (8 * ((index - start) & 3)))
            }
            #expect(masked == expected, "seed \(seed)")
        }
    }

    @Test func `Every place of a byte beyond ASCII is seen`() {
        for count in 0...20 {
            var ascii = [UInt8](repeating: 0x7f, count: count)
            #expect(!ascii.withUnsafeMutableBytes { Masking.apply(0, to: $0) })
            for index in 0..<count {
                var bytes = ascii
                bytes[index] = 0x80
                #expect(bytes.withUnsafeMutableBytes { Masking.apply(0, to: $0) })
            }
        }
    }
}
