import Testing

@testable import SessionLink

@Suite("Link frames")
struct LinkFrameTests {
    @Test func `The bytes of a frame are as they are written down`() {
        let leg = LegID(rawValue: 0x0700_0102)
        #expect(
            messageFrame(.text, leg: leg, Array("hi".utf8)) == [
                2, 0, 0, 0, 0x02, 0x01, 0x00, 0x07, 7, 0, 0, 0, 0x68, 0x69,
            ])
        #expect(
            LinkForwardResult(correlation: 1, status: .offline, epoch: 0x0102).frame()
                == [17, 0, 0, 0, 0, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1, 0, 0, 0, 0, 0, 0])
        #expect(LinkClose(code: 4001, reason: "a").frame(leg: leg).dropFirst(12) == [0xa1, 0x0f, 1, 0, 0x61])
        #expect(LinkCredit(bytes: 65536).frame(leg: leg).dropFirst(12) == [0, 0, 1, 0])
        let nonce = [UInt8](repeating: 0xee, count: 32)
        let hello = LinkHello(
            role: .node, service: "chat", sender: "a", target: "b", targetLoop: 3, epoch: 9,
            nonce: LinkNonce(nonce) ?? .random(), asksForProof: true
        ).frame()
        let expected: [UInt8] =
            [3, 0, 2, 4, 0, 0x63, 0x68, 0x61, 0x74, 1, 0, 0x61, 1, 0, 0x62, 3, 0, 9, 0, 0, 0, 0, 0, 0, 0]
            + nonce + [1]
        #expect(Array(hello.dropFirst(12)) == expected)
    }

    @Test func `Whatever is written is read back, however it is split`() {
        for seed in 0..<500 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let sent = (0..<Int.random(in: 1...12, using: &generator)).map { _ in Seen.random(&generator) }
            let legs = sent.map { _ in LegID(rawValue: UInt32.random(in: 0...UInt32.max, using: &generator)) }
            let bytes = zip(sent, legs).flatMap { $0.frame(leg: $1) }
            let expected = Reading(seen: sent, legs: legs)
            #expect(read([bytes]) == expected, "seed \(seed)")
            if seed % 10 == 0 { #expect(read(bytes.map { [$0] }) == expected, "seed \(seed)") }
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            #expect(read([Array(bytes[..<cut]), Array(bytes[cut...])]) == expected, "seed \(seed)")
        }
    }

    @Test func `The largest frame of each kind passes, an announced byte more ends the link`() {
        let payload = [UInt8](repeating: 7, count: LinkChunk.size)
        #expect(read([messageFrame(.binary, leg: .link, payload)]).seen == [.message(.binary, payload)])
        func announcing(_ count: UInt32, _ kind: LinkKind) -> Reading {
            let length = (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
            return read([length + [1, 0, 0, 1, kind.rawValue, 0, 0, 0]])
        }
        for kind in LinkKind.allCases {
            let most = UInt32(kind.maxPayloadCount)
            #expect(announcing(most, kind) == Reading(left: 12))
            for count in [most + 1, 1 << 31, .max] {
                #expect(announcing(count, kind).error == .payloadTooBig(kind: kind, announced: Int(count)))
            }
        }
    }

    @Test func `An unknown kind ends the link`() {
        for kind in [0, 35, 255] as [UInt8] {
            #expect(read([[0, 0, 0, 0, 0, 0, 0, 0, kind, 0, 0, 0]]).error == .unknownKind(kind))
        }
    }

    @Test func `Flags and the spare number are ignored`() {
        var bytes = LinkPing(stamp: 5).frame()
        bytes.replaceSubrange(9..<12, with: [255, 255, 255])
        #expect(read([bytes]).seen == [.ping(LinkPing(stamp: 5))])
    }

    @Test func `A payload cut anywhere or with bytes behind it is an error`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            let sent = Seen.random(&generator)
            // Of a message any number of bytes is one.
            if LinkKind(rawValue: sent.frame(leg: .link)[8])?.isMessage ?? true { continue }
            let bytes = sent.frame(leg: .link)
            guard let kind = LinkKind(rawValue: bytes[8]) else { continue }
            for count in 0..<(bytes.count - 12) {
                #expect(read([resized(bytes, to: count)]).error == .truncated(kind))
            }
            let more = bytes.count - 11
            let error: LinkError =
                more > kind.maxPayloadCount ? .payloadTooBig(kind: kind, announced: more) : .trailingBytes(kind)
            #expect(read([resized(bytes + [0], to: more)]).error == error)
        }
    }

    /// The frame with its payload cut to `count` bytes, and a header that says so.
    func resized(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        [UInt8(count & 0xff), UInt8(count >> 8), 0, 0] + bytes[4..<(12 + count)]
    }

    @Test func `A frame read as another kind is an error, and so are values that are not known`() {
        let ping = LinkPing(stamp: 1).frame()
        ping.withUnsafeBytes { bytes in
            var offset = 0
            #expect(throws: LinkError.unexpectedKind(expected: .pong, got: .ping)) {
                guard let frame = try LinkFrame.next(bytes, offset: &offset) else { return }
                _ = try LinkPong(frame)
            }
        }
        var hello = LinkHello(role: .gateway, service: "s", sender: "a", target: "b", targetLoop: 0, epoch: 0).frame()
        hello[14] = 4
        #expect(read([hello]).error == .unknownValue(.hello))
        hello[14] = 3
        hello[17] = 0xff
        #expect(read([hello]).error == .invalidText(.hello))
        hello[hello.count - 1] = 2
        hello[17] = 0x73
        #expect(read([hello]).error == .unknownValue(.hello))
        var answer = LinkHelloAnswer.refused(.loop, message: "").frame()
        answer[13] = 99
        #expect(read([answer]).error == .unknownValue(.helloAnswer))
        answer[12] = 2
        #expect(read([answer]).error == .unknownValue(.helloAnswer))
    }

    @Test func `A reason that is no text ends its leg and not the link`() {
        var close = LinkClose(code: 4001, reason: "ab").frame(leg: LegID(rawValue: 0x0100_0001))
        close[close.count - 1] = 0xff
        guard case .close(let read)? = read([close]).seen.first else {
            Issue.record("no close")
            return
        }
        #expect(read.code == 4001 && read.reason.isEmpty && !read.isReasonText)
        var refused = LinkRefused(status: 503, reason: "ab").frame()
        refused[refused.count - 1] = 0xff
        #expect(SessionLinkTests.read([refused]).seen == [.refused(LinkRefused(status: 503, reason: "a\u{fffd}"))])
    }

    @Test func `Random and truncated input never traps`() {
        for seed in 0..<100_000 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var bytes: [UInt8]
            switch seed % 3 {
            case 0: bytes = generator.bytes(Int.random(in: 0...64, using: &generator))
            case 1:
                // A right header before random bytes, so that every payload reader meets nonsense.
                let payload = generator.bytes(Int.random(in: 0...48, using: &generator))
                let kind = UInt8.random(in: 1...34, using: &generator)
                bytes = [UInt8(payload.count), 0, 0, 0, 1, 0, 0, 1, kind, 0, 0, 0] + payload
            default:
                bytes = Seen.random(&generator).frame(leg: .link)
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] = UInt8.random(in: 0...255, using: &generator)
                bytes.removeLast(Int.random(in: 0...3, using: &generator))
            }
            _ = read([bytes])
        }
    }
}
