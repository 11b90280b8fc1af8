import Rehoming
import SessionLink

/// What the readers of re-homing hear in a stream of frames: each leg as a node and as a gateway hears it, the whole link
/// as nodes do. A reader that refused a frame hears nothing more on its leg.
struct WireTrace {
    /// One word, or why there are no more of them.
    enum Heard: Equatable {
        case byNode(LegID, ToNode)
        case byGateway(LegID, ToGateway)
        case asked(PeerMessage)
        case answered(PeerMessage)
        case refused(LegID, LinkError)
    }

    /// Small, so that inputs of 4 KiB reach it.
    private static let maxMessageBytes = 300

    private(set) var heard: [Heard] = []
    private var byNode: [LegID: ToNodeReader?] = [:]
    private var byGateway: [LegID: ToGatewayReader?] = [:]
    private var answers: PeerAnswerReader? = PeerAnswerReader()

    /// Gives a frame to all of them.
    mutating func take(_ frame: LinkFrame) {
        let leg = frame.leg
        byNode[leg] = note(frame, byNode[leg] ?? ToNodeReader()) { (reader) throws(LinkError) -> Heard? in
            if let n = reader.number(ofWhole: frame.header) {
                return .byNode(
                    leg, .message(n: n, isAgain: false, isText: frame.kind == .text, bytes: Array(frame.payload)))
            }
            return try reader.take(frame, maxMessageBytes: Self.maxMessageBytes).map { .byNode(leg, $0) }
        }
        byGateway[leg] = note(frame, byGateway[leg] ?? ToGatewayReader()) { (reader) throws(LinkError) -> Heard? in
            try reader.take(frame, maxMessageBytes: Self.maxMessageBytes).map { .byGateway(leg, $0) }
        }
        answers = note(frame, answers) { (reader) throws(LinkError) -> Heard? in
            try reader.take(frame, maxMessageBytes: Self.maxMessageBytes).map { .answered($0) }
        }
        _ = note(frame, ()) { (_) throws(LinkError) -> Heard? in .asked(try PeerMessage(question: frame)) }
    }

    /// The reader behind the frame; nil if it is through with its leg. Kinds that it does not know are passed by.
    private mutating func note<Reader>(
        _ frame: LinkFrame, _ reader: Reader?, _ take: (inout Reader) throws(LinkError) -> Heard?
    ) -> Reader? {
        guard var reader else { return nil }
        do throws(LinkError) {
            if let word = try take(&reader) { heard.append(word) }
            return reader
        } catch .unexpectedKind {
            return reader
        } catch {
            heard.append(.refused(frame.leg, error))
            return nil
        }
    }

    /// Whatever was heard can be said again, and is then heard as the same.
    func checkRepeated() throws(Finding) {
        for word in heard {
            var again = WireTrace()
            switch word {
            case .byNode(let leg, .attach(let attach)): try again.hear(attach.frames(leg: leg))
            case .byNode(let leg, let said):
                let attach = SessionAttach(epoch: 1, session: SessionID(first: 1, second: 2), user: [], kind: .plain)
                try again.hear(attach.frames(leg: leg) + said.frames(leg: leg))
            case .byGateway(_, .refused), .byGateway(_, .close): continue  // A long reason is cut.
            case .byGateway(let leg, let said): try again.hear(said.frames(leg: leg))
            case .asked(let message), .answered(let message): try again.hear(message.frames())
            case .refused: continue
            }
            try demand(again.heard.contains(word), "\(word) is said as \(again.heard)")
        }
    }

    private mutating func hear(_ bytes: [UInt8]) throws(Finding) {
        try withExactCopy(of: bytes) { (copy) throws(Finding) in
            var offset = 0
            do throws(LinkError) {
                while let frame = try LinkFrame.next(UnsafeRawBufferPointer(copy), offset: &offset) { take(frame) }
            } catch {
                throw Finding(description: "our own frames are \(error)")
            }
            try demand(offset == bytes.count, "our own frames are cut")
        }
    }
}
