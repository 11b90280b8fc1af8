import ClusterModel
import HashRing
import Rehoming
import SessionLink

/// SplitMix64: the same values for the same seed, everywhere.
struct WireGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func upTo(_ most: Int) -> Int { Int.random(in: 0...most, using: &self) }
    mutating func isTrue() -> Bool { Bool.random(using: &self) }
    mutating func bytes(_ most: Int) -> [UInt8] { [UInt8](repeating: UInt8(upTo(255)), count: upTo(most)) }
    mutating func counter() -> UInt64 { UInt64.random(in: 0...LinkNumber.max, using: &self) }
    mutating func session() -> SessionID { SessionID(first: next(), second: next()) }
    mutating func position() -> Position { Position(epoch: counter(), k: counter()) }

    /// A message; one in ten needs several frames.
    mutating func body() -> [UInt8] { bytes(upTo(9) == 0 ? 3 * LinkChunk.size : 300) }

    mutating func kept() -> KeptMessage {
        KeptMessage(position: position(), key: MessageKey(sender: session(), n: counter()), frame: body())
    }

    mutating func home() -> Home? {
        guard let node = try? NodeID("node-\(upTo(999))"), let run = Incarnation(UInt64(upTo(1 << 52))) else {
            return nil
        }
        return Home(node: node, incarnation: run)
    }

    mutating func attach() -> SessionAttach {
        var attach = SessionAttach(
            epoch: counter(), session: session(), user: bytes(256), kind: isTrue() ? .plain : .resumable)
        attach.generation = UInt32(truncatingIfNeeded: next())
        attach.isNew = isTrue()
        attach.home = isTrue() ? home() : nil
        attach.isSynced = isTrue()
        attach.last = position()
        attach.buffer = (0..<upTo(4)).map { _ in kept() }
        attach.nextNumber = UInt64(upTo(1 << 40))
        attach.state = isTrue() ? bytes(isTrue() ? 100 : LinkBacklog.maxStateBytes) : nil
        attach.isReleased = isTrue()
        return attach
    }

    mutating func toNode() -> ToNode {
        switch upTo(6) {
        case 0: .message(n: counter(), isAgain: isTrue(), isText: isTrue(), bytes: body())
        case 1: .stored(through: position())
        case 2: .duplicate(position())
        case 3: .declined(position())
        case 4: .received(through: position())
        case 5: .detach(epoch: counter())
        default: .close(code: UInt16(upTo(4999)))
        }
    }

    mutating func toGateway() -> ToGateway {
        switch upTo(8) {
        case 0: return .attached
        case 1: return .moved(epoch: counter())
        case 2: return .superseded
        case 3: return .refused(status: UInt16(upTo(599)), reason: "weil € \(upTo(9))")
        case 4:
            let through = UInt64(upTo(1 << 40))
            var also: Set<UInt64> = []
            for _ in 0..<upTo(30) { also.insert(through + 2 + UInt64(upTo(40))) }
            return .taken(through: through, also: also.sorted())
        case 5:
            guard let home = home() else { return .superseded }
            return .home(home, at: position(), isRecovered: isTrue())
        case 6: return .released(epoch: counter(), state: isTrue() ? bytes(LinkBacklog.maxStateBytes) : nil)
        case 7: return .close(code: UInt16(upTo(4999)), reason: "bye")
        default: return .deliver(kept())
        }
    }

    mutating func answer() -> PeerMessage {
        if isTrue() {
            let content = SessionState(
                outbox: (0..<upTo(4)).map { _ in kept() }, state: isTrue() ? bytes(LinkBacklog.maxStateBytes) : nil)
            return .fetched(
                session: session(), generation: UInt32(truncatingIfNeeded: next()), isTrue() ? content : nil)
        }
        let answers: [ForwardAnswer] = [
            .accepted, .delivered, .unconfirmed, .offline, .busy, .moved(epoch: counter(), wasPresented: isTrue()),
        ]
        return .answer(correlation: next(), answers[upTo(5)], epoch: counter())
    }

    mutating func question() -> PeerMessage {
        if isTrue() {
            return .fetch(
                FetchRequest(
                    session: session(), incarnation: next(), generation: UInt32(truncatingIfNeeded: next()),
                    user: bytes(256), epoch: counter()))
        }
        return .forward(
            Forwarded(
                correlation: next(), epoch: counter(), key: MessageKey(sender: session(), n: counter()),
                isAgain: isTrue(), from: bytes(256), to: bytes(256), payload: body()))
    }
}

/// Reads all whole frames with whatever reader, until one is refused.
func readWire<Word>(_ bytes: [UInt8], _ take: (LinkFrame) throws(LinkError) -> Word?) -> (
    words: [Word], error: LinkError?
) {
    var words: [Word] = []
    let error = bytes.withUnsafeBytes { bytes -> LinkError? in
        var offset = 0
        do throws(LinkError) {
            while let frame = try LinkFrame.next(bytes, offset: &offset) {
                if let word = try take(frame) { words.append(word) }
            }
            return nil
        } catch { return error }
    }
    return (words, error)
}

let wireLimit = 4 << 20

/// What a node hears on one leg.
func heardByNode(_ bytes: [UInt8], maxMessageBytes: Int = wireLimit) -> (words: [ToNode], error: LinkError?) {
    var reader = ToNodeReader()
    return readWire(bytes) { frame throws(LinkError) -> ToNode? in
        try reader.take(frame, maxMessageBytes: maxMessageBytes)
    }
}

/// What a gateway hears on one leg.
func heardByGateway(_ bytes: [UInt8], maxMessageBytes: Int = wireLimit) -> (words: [ToGateway], error: LinkError?) {
    var reader = ToGatewayReader()
    return readWire(bytes) { frame throws(LinkError) -> ToGateway? in
        try reader.take(frame, maxMessageBytes: maxMessageBytes)
    }
}

/// What a node hears on a link that it opened to another.
func heardAnswers(_ bytes: [UInt8], maxMessageBytes: Int = wireLimit) -> (words: [PeerMessage], error: LinkError?) {
    var reader = PeerAnswerReader()
    return readWire(bytes) { frame throws(LinkError) -> PeerMessage? in
        try reader.take(frame, maxMessageBytes: maxMessageBytes)
    }
}

/// What a node hears on a link that another opened.
func heardQuestions(_ bytes: [UInt8]) -> (words: [PeerMessage], error: LinkError?) {
    readWire(bytes) { frame throws(LinkError) -> PeerMessage? in try PeerMessage(question: frame) }
}
