import SessionLink
import Testing

@testable import Rehoming

@Suite("What machines say, across a link and back") struct WireRoundTripTests {
    let leg = LegID(rawValue: 0x0100_0001)

    /// The frames of a word, one by one.
    static func split(_ bytes: [UInt8]) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let size = bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            frames.append(Array(bytes[start..<start + LinkHeader.count + size]))
            start += LinkHeader.count + size
        }
        return frames
    }

    @Test func `A gateway's words are heard as they were said`() {
        for seed in 0..<300 as Range<UInt64> {
            var generator = WireGenerator(seed: seed)
            var words: [ToNode] = [.attach(generator.attach())]
            for _ in 0..<generator.upTo(8) { words.append(generator.toNode()) }
            let heard = heardByNode(words.flatMap { $0.frames(leg: leg) })
            #expect(heard.error == nil && heard.words == words, "seed \(seed)")
        }
    }

    @Test func `A node's words are heard as they were said`() {
        for seed in 0..<300 as Range<UInt64> {
            var generator = WireGenerator(seed: seed)
            let words = (0..<8).map { _ in generator.toGateway() }
            let heard = heardByGateway(words.flatMap { $0.frames(leg: leg) })
            #expect(heard.error == nil && heard.words == words, "seed \(seed)")
        }
    }

    @Test func `Nodes' questions and answers are heard as they were said`() {
        for seed in 0..<300 as Range<UInt64> {
            var generator = WireGenerator(seed: seed)
            let questions = (0..<4).map { _ in generator.question() }
            let heard = heardQuestions(questions.flatMap { $0.frames() })
            #expect(heard.error == nil && heard.words == questions, "seed \(seed)")
            let answers = (0..<6).map { _ in generator.answer() }
            let heardBack = heardAnswers(answers.flatMap { $0.frames() })
            #expect(heardBack.error == nil && heardBack.words == answers, "seed \(seed)")
        }
    }

    @Test func `No frame is larger than the link takes, and each word is as long as it says`() {
        for seed in 0..<100 as Range<UInt64> {
            var generator = WireGenerator(seed: seed)
            let said: [any LinkWritable] = [
                generator.attach(), generator.toNode(), generator.toGateway(), generator.question(), generator.answer(),
            ]
            for word in said {
                let bytes = word.frames(leg: leg)
                #expect(bytes.count == word.frameCount, "seed \(seed)")
                for frame in Self.split(bytes) {
                    guard let kind = LinkKind(rawValue: frame[8]) else { continue }
                    #expect(frame.count - LinkHeader.count <= kind.maxPayloadCount, "seed \(seed)")
                }
            }
        }
    }

    @Test func `New messages of a leg have no number on the wire and are counted from the attach`() {
        func message(_ kind: LinkKind, _ count: Int) -> [UInt8] {
            let bytes = [UInt8](repeating: 0x61, count: count)
            var frames = [UInt8](repeating: 0, count: LinkChunk.frameCount(messageCount: count))
            frames.withUnsafeMutableBytes { frames in
                _ = bytes.withUnsafeBytes { LinkChunk.writeAll(kind, leg: leg, $0, into: frames) }
            }
            return frames
        }
        var attach = SessionAttach(epoch: 1, session: SessionID(first: 1, second: 2), user: [0x75], kind: .resumable)
        attach.nextNumber = 41
        let replayed = ToNode.message(n: 40, isAgain: true, isText: true, bytes: [1])
        let bytes =
            ToNode.attach(attach).frames(leg: leg) + replayed.frames(leg: leg) + message(.text, 3)
            + message(.binary, LinkChunk.size + 1) + ToNode.detach(epoch: 2).frames(leg: leg) + message(.text, 0)
        let large = [UInt8](repeating: 0x61, count: LinkChunk.size + 1)
        let expected: [ToNode] = [
            .attach(attach), replayed, .message(n: 41, isAgain: false, isText: true, bytes: [0x61, 0x61, 0x61]),
            .message(n: 42, isAgain: false, isText: false, bytes: large), .detach(epoch: 2),
            .message(n: 43, isAgain: false, isText: true, bytes: []),
        ]
        #expect(heardByNode(bytes).words == expected)

        // The same without a copy of what is whole.
        var reader = ToNodeReader()
        var numbers: [UInt64] = []
        let heard = readWire(bytes) { frame throws(LinkError) -> ToNode? in
            if let n = reader.number(ofWhole: frame.header) {
                numbers.append(n)
                return nil
            }
            return try reader.take(frame, maxMessageBytes: 1 << 20)
        }
        #expect(heard.error == nil && heard.words == [expected[0], expected[1], expected[3], expected[4]])
        #expect(numbers == [41, 43])
    }

    @Test func `A whole message is no message while another is open or before the attach`() {
        var reader = ToNodeReader()
        let whole = LinkHeader(.text, leg: leg, payloadCount: 1)
        #expect(reader.number(ofWhole: whole) == nil)
        let attach = SessionAttach(epoch: 1, session: SessionID(first: 1, second: 2), user: [0x75], kind: .plain)
        let large = [UInt8](repeating: 0, count: LinkChunk.size + 1)
        var chunks = [UInt8](repeating: 0, count: LinkChunk.frameCount(messageCount: large.count))
        chunks.withUnsafeMutableBytes { chunks in
            _ = large.withUnsafeBytes { LinkChunk.writeAll(.text, leg: leg, $0, into: chunks) }
        }
        let bytes = attach.frames(leg: leg) + chunks[..<(LinkChunk.size + LinkHeader.count)]
        let heard = readWire(bytes) { frame throws(LinkError) -> ToNode? in
            try reader.take(frame, maxMessageBytes: wireLimit)
        }
        #expect(heard.error == nil && heard.words == [.attach(attach)])
        #expect(reader.number(ofWhole: whole) == nil)
        #expect(MemoryLayout<ToNodeReader>.size <= 40)
    }

    @Test func `Any set of taken numbers crosses in frames that add up to it`() {
        for (step, count) in [(1, 10_000), (2, 1_000), (3, 5), (1, 0)] as [(UInt64, Int)] {
            let also = (0..<count).map { 12 + UInt64($0) * step }
            let heard = heardByGateway(ToGateway.taken(through: 10, also: also.reversed()).frames(leg: leg))
            #expect(heard.error == nil)
            var all: [UInt64] = []
            for case .taken(10, let some) in heard.words { all += some }
            #expect(all == also, "\(count) numbers by \(step)")
        }
        let said = ToGateway.taken(through: 10, also: [12, 9, 12, 10, 13])
        #expect(heardByGateway(said.frames(leg: leg)).words == [.taken(through: 10, also: [12, 13])])
        #expect(said.frameCount == LinkHeader.count + 10 + 12)
        #expect(ToGateway.taken(through: 10, also: []).frameCount == LinkHeader.count + 10)
    }

    @Test func `State that is too large stays behind, and a reason goes as far as it may`() {
        let state = [UInt8](repeating: 1, count: LinkBacklog.maxStateBytes + 1)
        #expect(
            heardByGateway(ToGateway.released(epoch: 1, state: state).frames(leg: leg)).words == [
                .released(epoch: 1, state: nil)
            ])
        let long = String(repeating: "ü", count: 70_000)
        for word in [ToGateway.close(code: 4000, reason: long), .refused(status: 503, reason: long)] {
            #expect(word.frameCount < 1100 && heardByGateway(word.frames(leg: leg)).error == nil)
        }
    }

    @Test func `A forward that does not fit says so`() {
        var message = Forwarded(
            correlation: 1, epoch: 1, key: MessageKey(sender: SessionID(first: 1, second: 2), n: 1), isAgain: false,
            from: [0x75], to: [0x76], payload: [UInt8](repeating: 1, count: LinkReliable.maxBytes - 2))
        #expect(message.fitsLink)
        #expect(heardQuestions(PeerMessage.forward(message).frames()).words == [.forward(message)])
        message.payload.append(1)
        #expect(!message.fitsLink)
        message.payload = []
        message.to = [UInt8](repeating: 0x76, count: 70_000)
        #expect(!message.fitsLink)
    }

    @Test func `Answers stand between the frames of what was fetched`() {
        var generator = WireGenerator(seed: 3)
        let content = SessionState(outbox: (0..<3).map { _ in generator.kept() }, state: [1])
        let fetched = PeerMessage.fetched(session: SessionID(first: 1, second: 2), generation: 3, content)
        let answer = PeerMessage.answer(correlation: 9, .busy, epoch: 1)
        let frames = Self.split(fetched.frames())
        let heard = heardAnswers(Array(frames.map { $0 + answer.frames() }.joined()))
        #expect(heard.error == nil)
        #expect(heard.words.filter { $0 == answer }.count == frames.count)
        #expect(heard.words.filter { $0 != answer } == [fetched])
    }
}
