import ClusterModel
import HashRing
import Rehoming
import SessionLink
import Testing

@Suite("What machines hear from somebody hostile") struct HostileWireTests {
    let leg = LegID(rawValue: 0x0100_0001)
    let session = SessionID(first: 1, second: 2)

    private func kept(_ count: Int = 1) -> [UInt8] {
        let message = KeptMessage(
            position: Position(epoch: 1, k: 1), key: MessageKey(sender: session, n: 1),
            frame: [UInt8](repeating: 0, count: count))
        return ToGateway.deliver(message).frames(leg: leg)
    }

    private func adopt(
        brought: UInt32 = 0, nextNumber: UInt64 = 1, node: String? = nil, incarnation: UInt64 = 1, epoch: UInt64 = 1
    ) -> [UInt8] {
        var text = node ?? ""
        return text.withUTF8 { text in
            [UInt8]([0x75]).withUnsafeBytes { user in
                LinkAdopt(
                    epoch: epoch, session: session, generation: 0, flags: [], last: LinkPosition(epoch: 0, k: 0),
                    nextNumber: nextNumber, brought: brought, user: user,
                    home: node == nil
                        ? nil : LinkAdopt.Home(incarnation: incarnation, node: UnsafeRawBufferPointer(text)), state: nil
                ).frame(leg: leg)
            }
        }
    }

    private let stored = ToNode.stored(through: Position(epoch: 1, k: 1))

    @Test func `A leg begins with an adopt and all that it brings, and has no second one`() {
        let word = stored.frames(leg: leg)
        #expect(heardByNode(word).error == .outOfOrder(.stored))
        #expect(heardByNode(kept()).error == .outOfOrder(.kept))
        #expect(heardByNode(adopt() + word).error == nil)
        #expect(heardByNode(adopt() + kept()).error == .outOfOrder(.kept))
        #expect(heardByNode(adopt() + adopt()).error == .outOfOrder(.adopt))
        #expect(heardByNode(adopt(brought: 2) + kept() + word).error == .outOfOrder(.stored))
        #expect(heardByNode(adopt(brought: 2) + kept() + adopt()).error == .outOfOrder(.adopt))
        #expect(heardByNode(adopt(brought: 2) + kept() + kept() + kept()).error == .outOfOrder(.kept))
        #expect(heardByNode(adopt(brought: 2) + kept()).words.isEmpty)
    }

    @Test func `What an adopt brings is bounded in number and bytes`() {
        #expect(heardByNode(adopt(brought: 4097)).error == .backlogTooBig(.adopt))
        #expect(heardByNode(adopt(brought: .max)).error == .backlogTooBig(.adopt))
        let large = kept(1 << 20)
        let bytes = adopt(brought: 4096) + large + large + large + large + large
        #expect(heardByNode(bytes).error == nil)
        #expect(heardByNode(bytes + kept()).error == .backlogTooBig(.kept))
    }

    @Test func `A message is bounded by what a client may say, a kept one by a little more`() {
        let room = LinkBacklog.frameRoom
        func again(_ count: Int) -> [UInt8] {
            ToNode.message(n: 1, isAgain: true, isText: true, bytes: [UInt8](repeating: 0, count: count)).frames(
                leg: leg)
        }
        #expect(heardByNode(adopt() + again(1000), maxMessageBytes: 1000).error == nil)
        #expect(heardByNode(adopt() + again(1001), maxMessageBytes: 1000).error == .messageTooBig(.again))
        #expect(heardByGateway(kept(1000 + room), maxMessageBytes: 1000).error == nil)
        #expect(heardByGateway(kept(1001 + room), maxMessageBytes: 1000).error == .messageTooBig(.kept))
        #expect(heardByNode(adopt(brought: 1) + kept(1001 + room), maxMessageBytes: 1000).error != nil)
    }

    @Test func `A home is a node's run, or the link is over`() {
        #expect(heardByNode(adopt(node: "node-1")).error == nil)
        #expect(heardByNode(adopt(node: "")).error == .unknownValue(.adopt))
        #expect(heardByNode(adopt(node: "no node")).error == .unknownValue(.adopt))
        #expect(heardByNode(adopt(node: "node-1", incarnation: 1 << 53)).error == .unknownValue(.adopt))
        let home = LinkHome(position: LinkPosition(epoch: 1, k: 1), incarnation: .max, node: "node-1")
        #expect(heardByGateway(home.frame(leg: leg)).error == .unknownValue(.home))
    }

    @Test func `No number is so high that counting on from it traps`() {
        #expect(heardByNode(adopt(nextNumber: LinkNumber.max + 1)).error == .unknownValue(.adopt))
        #expect(heardByNode(adopt(epoch: .max)).error == .unknownValue(.adopt))
        #expect(heardByGateway(LinkMoved(epoch: .max).frame(leg: leg)).error == .unknownValue(.moved))
        let most = adopt(nextNumber: LinkNumber.max)
        let again = messageFrame()
        #expect(heardByNode(most + again + again).error == nil)
    }

    private func messageFrame() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: LinkHeader.count + 1)
        bytes.withUnsafeMutableBytes { bytes in
            _ = [UInt8]([1]).withUnsafeBytes { LinkFrame.writeMessage(.text, leg: leg, $0, into: bytes) }
        }
        return bytes
    }

    @Test func `Kinds of others are no words`() {
        let ping = LinkPing(stamp: 1).frame(leg: leg)
        #expect(heardByNode(adopt() + ping).error == .unexpectedKind(expected: .adopt, got: .ping))
        #expect(heardByNode(ping).error == .unexpectedKind(expected: .adopt, got: .ping))
        #expect(heardByGateway(ping).error == .unexpectedKind(expected: .kept, got: .ping))
        #expect(heardByGateway(stored.frames(leg: leg)).error != nil)
        #expect(heardQuestions(ping).error == .unexpectedKind(expected: .reliable, got: .ping))
        #expect(heardAnswers(ping).error == .unexpectedKind(expected: .reliableResult, got: .ping))
    }

    @Test func `What was fetched comes whole before the next`() {
        let content = SessionState(outbox: [], state: nil)
        let none = PeerMessage.fetched(session: session, generation: 1, content).frames()
        let one = LinkFetched(session: session, generation: 1, content: .known(kept: 1, state: nil)).frame()
        let many = LinkFetched(session: session, generation: 1, content: .known(kept: 4097, state: nil)).frame()
        #expect(heardAnswers(none + none).error == nil)
        #expect(heardAnswers(one + none).error == .outOfOrder(.fetched))
        #expect(heardAnswers(kept()).error == .outOfOrder(.kept))
        #expect(heardAnswers(one + kept() + kept()).error == .outOfOrder(.kept))
        #expect(heardAnswers(many).error == .backlogTooBig(.fetched))
    }

    /// Every frame with its payload cut to every length, or with one byte more.
    @Test func `A payload cut anywhere is an error or another word, never more than was said`() {
        for seed in 0..<40 as Range<UInt64> {
            var generator = WireGenerator(seed: seed)
            var attach = generator.attach()
            attach.buffer = []
            attach.state = [1, 2, 3]
            let head = adopt()
            let cases: [(frames: [UInt8], read: ([UInt8]) -> LinkError?)] = [
                (attach.frames(leg: leg), { heardByNode($0).error }),
                (generator.toNode().frames(leg: leg), { heardByNode(head + $0).error }),
                (generator.toGateway().frames(leg: leg), { heardByGateway($0).error }),
                (generator.question().frames(), { heardQuestions($0).error }),
                (generator.answer().frames(), { heardAnswers($0).error }),
            ]
            for (frames, read) in cases where frames.count < 2000 {
                guard let frame = WireRoundTripTests.split(frames).first, let kind = LinkKind(rawValue: frame[8]) else {
                    continue
                }
                for count in 0..<(frame.count - LinkHeader.count) {
                    let error = read(resized(frame, count))
                    if kind.isMessage {
                        #expect(error == nil || error == .truncated(kind), "seed \(seed)")
                    } else {
                        #expect(error == .truncated(kind), "\(kind) of \(count) bytes, seed \(seed)")
                    }
                }
                guard !kind.isMessage else { continue }
                #expect(read(resized(frame + [0], frame.count - 11)) == .trailingBytes(kind), "seed \(seed)")
            }
        }
    }

    private func resized(_ frame: [UInt8], _ count: Int) -> [UInt8] {
        [UInt8(count & 0xff), UInt8(count >> 8), 0, 0] + frame[4..<(LinkHeader.count + count)]
    }

    @Test func `Bytes that are cut or changed anywhere never trap`() {
        for seed in 0..<3_000 as Range<UInt64> {
            var generator = WireGenerator(seed: seed)
            var attach = generator.attach()
            attach.state = nil
            attach.buffer = attach.buffer.filter { $0.frame.count < 400 }
            var bytes: [UInt8]
            switch seed % 3 {
            case 0: bytes = attach.frames(leg: leg) + generator.toNode().frames(leg: leg)
            case 1: bytes = generator.toGateway().frames(leg: leg)
            default: bytes = generator.answer().frames() + generator.question().frames()
            }
            for _ in 0...generator.upTo(3) {
                bytes[generator.upTo(min(bytes.count, 400) - 1)] = UInt8(generator.upTo(255))
            }
            bytes.removeLast(generator.upTo(min(bytes.count, 30)))
            _ = heardByNode(bytes)
            _ = heardByGateway(bytes)
            _ = heardQuestions(bytes)
            _ = heardAnswers(bytes)
        }
    }

    @Test func `Of a word that has not come whole nothing is heard`() {
        for seed in 0..<30 as Range<UInt64> {
            var generator = WireGenerator(seed: seed)
            var attach = generator.attach()
            attach.buffer = (0..<3).map { _ in generator.kept() }
            let bytes = attach.frames(leg: leg)
            for cut in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 97)) {
                let heard = heardByNode(Array(bytes[..<cut]))
                #expect(heard.error == nil && heard.words.isEmpty, "seed \(seed), \(cut) bytes")
            }
            #expect(heardByNode(bytes).words == [.attach(attach)])
        }
    }
}
