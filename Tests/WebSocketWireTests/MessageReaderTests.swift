import Testing

@testable import WebSocketWire

@Suite("Reading messages")
struct MessageReaderTests {
    let hello = Array("Hello".utf8)

    @Test(arguments: [0, 1, 7, 8, 9, 125, 126, 127, 65535, 65536, 70000])
    func `A message of any size is read as it was sent`(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let payload = generator.bytes(count)
        #expect(events(frame(2, payload)) == [.message(.binary, payload)])
        #expect(
            events([frame(2, payload).dropLast(1), [frame(2, payload).last ?? 0]]).seen == [.message(.binary, payload)])
        #expect(events(frame(2, payload, mask: nil), role: .client) == [.message(.binary, payload)])
    }

    @Test func `The examples of the RFC are read`() {
        let masked: [UInt8] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
        #expect(events(masked) == [.message(.text, hello)])
        #expect(events([0x81, 5] + hello, role: .client) == [.message(.text, hello)])
        let parts: [UInt8] = [0x01, 3, 0x48, 0x65, 0x6c, 0x80, 2, 0x6c, 0x6f]
        #expect(events(parts, role: .client) == [.message(.text, hello)])
    }

    @Test func `A fragmented message is put together around control frames`() {
        let bytes =
            frame(2, [1, 2], isFinal: false) + frame(9, [7]) + frame(0, [], isFinal: false) + frame(10, [8])
            + frame(0, [3], isFinal: true) + frame(1, hello)
        #expect(events(bytes) == [.ping([7]), .pong([8]), .message(.binary, [1, 2, 3]), .message(.text, hello)])
    }

    @Test func `A message in one piece lies in the bytes that were given`() {
        var bytes = text("Hello")
        var reader = MessageReader(role: .server)
        var offset = 0
        bytes.withUnsafeMutableBytes { bytes in
            guard case .message(.text, let payload) = reader.next(bytes, offset: &offset) else {
                Issue.record("no message")
                return
            }
            #expect(payload.baseAddress == bytes.baseAddress.map { $0 + 6 })
        }
        #expect(reader.heldBytes == 0)
    }

    @Test(arguments: [
        frame(1, reserved: 1), frame(1, reserved: 2), frame(1, reserved: 4), frame(9, reserved: 4),  // RSV
        frame(3), frame(4), frame(5), frame(6), frame(7), frame(11), frame(12), frame(13), frame(14), frame(15),
        frame(1, mask: nil), frame(9, mask: nil), frame(8, mask: nil),
        frame(9, isFinal: false), frame(8, isFinal: false), frame(10, isFinal: false),
        frame(9, [UInt8](repeating: 0, count: 126)), frame(8, [UInt8](repeating: 32, count: 126)),
        frame(9, [1], lengthBytes: 2), frame(10, [1], lengthBytes: 8),
        frame(0, [1]), frame(0, [1], isFinal: false),
        text("a", isFinal: false) + text("b"), text("a", isFinal: false) + frame(2, [1]),
        frame(2, [1], lengthBytes: 2), frame(2, [1], lengthBytes: 8),
        frame(2, [UInt8](repeating: 0, count: 65535), lengthBytes: 8),
        frame(2, lengthBytes: 8, announced: 1 << 63), frame(2, lengthBytes: 8, announced: .max),
        frame(8, [3]),
    ])
    func `A broken rule ends with 1002`(bytes: [UInt8]) {
        #expect(events(bytes + text("x")).last == .violation(1002))
        #expect(events(byteByByte(bytes + text("x"))).seen.last == .violation(1002))
    }

    @Test func `Two bytes are enough to see what is wrong with a header`() {
        for header in [[0xc1, 0x80], [0x83, 0x80], [0x81, 0x05], [0x09, 0x80], [0x89, 0xfe], [0x80, 0x80]] as [[UInt8]]
        {
            let needsKey = header == [0x80, 0x80]
            #expect(events(header).isEmpty == needsKey, "\(header)")
        }
    }

    @Test func `A server's masked frame is refused by a client`() {
        #expect(events(text("x"), role: .client) == [.violation(1002)])
    }

    @Test func `An announced length over the limit is refused before its bytes`() {
        let limits = MessageLimits(maxMessageBytes: 1000)
        #expect(events(frame(2, [UInt8](repeating: 0, count: 1000)), limits: limits).count == 1)
        #expect(events(frame(2, announced: 1001), limits: limits) == [.violation(1009)])
        #expect(events(frame(2, announced: (1 << 63) - 1), limits: limits) == [.violation(1009)])
        let growing = frame(2, [UInt8](repeating: 0, count: 600), isFinal: false) + frame(0, announced: 401)
        #expect(events(growing, limits: limits) == [.violation(1009)])
    }

    @Test func `More frames than the limit are refused`() {
        let limits = MessageLimits(maxFrames: 4)
        func message(_ frames: Int) -> [UInt8] {
            text("a", isFinal: false) + (2..<frames).flatMap { _ in frame(0, [98], isFinal: false) } + frame(0, [99])
        }
        #expect(
            events(message(4) + message(4), limits: limits) == [
                .message(.text, Array("abbc".utf8)), .message(.text, Array("abbc".utf8)),
            ])
        #expect(events(message(5), limits: limits) == [.violation(1008)])
        #expect(
            events(text("a", isFinal: false) + (0..<2000).flatMap { _ in frame(0, [], isFinal: false) }) == [
                .violation(1008)
            ])
    }

    @Test func `Nothing behind a close frame or a violation is read`() {
        #expect(events(frame(8, [3, 0xe8]) + text("late")) == [.close(1000, "")])
        #expect(events([frame(8), text("late"), text("later")]).seen == [.close(nil, "")])
        let broken = events([frame(3), text("late")])
        #expect(broken.seen == [.violation(1002)])
        #expect(broken.left == 0)
    }

    @Test func `Memory is held for what has arrived only, and none while idle`() {
        let announcing = Array(frame(2, announced: 1 << 20).prefix(14))
        #expect(events([announcing]).heldBytes == 0)
        #expect(events([announcing, [1, 2, 3]]).heldBytes <= 512)
        let whole = events(byteByByte(text("Hello")))
        #expect(whole.seen == [.message(.text, hello)])
        #expect(whole.heldBytes == 0)
        #expect(events([announcing + [UInt8](repeating: 0, count: 5000)]).heldBytes <= 10_000)
        #expect(events([text("a", isFinal: false), frame(8)]).heldBytes == 0)
        #expect(events([text("a", isFinal: false), frame(3)]).heldBytes == 0)
    }

    @Test func `A message of many small frames is moved a few times only`() {
        var reader = MessageReader(role: .server, limits: MessageLimits(maxFrames: 5000))
        var sizes: Set<Int> = []
        for index in 0..<4096 {
            var bytes = frame(index == 0 ? 2 : 0, Array(repeating: 7, count: 64), isFinal: index == 4095)
            var offset = 0
            bytes.withUnsafeMutableBytes { _ = reader.next($0, offset: &offset) }
            sizes.insert(reader.heldBytes)
        }
        #expect(sizes.count <= 12, "512 bytes, doubled up to 256 KiB")
        #expect(sizes.max() == 4096 * 64)
    }

    @Test func `A reader is small enough for a table`() {
        #expect(MemoryLayout<MessageReader>.size <= 96)
        #expect(MemoryLayout<KeepAlive>.size <= 24)
        #expect(MemoryLayout<CloseHandshake>.size <= 16)
    }

    @Test func `A destroyed reader holds nothing and reads nothing`() {
        var reader = MessageReader(role: .server)
        var bytes = text("abc", isFinal: false) + text("x")
        var offset = 0
        bytes.withUnsafeMutableBytes { bytes in
            _ = reader.next(UnsafeMutableRawBufferPointer(rebasing: bytes[..<9]), offset: &offset)
            #expect(reader.heldBytes > 0)
            reader.destroy()
            #expect(reader.heldBytes == 0)
            guard case .needMore = reader.next(bytes, offset: &offset) else {
                Issue.record("a destroyed reader read on")
                return
            }
        }
        #expect(offset == bytes.count)
    }
}
