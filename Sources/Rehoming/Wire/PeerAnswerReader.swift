import SessionLink

/// Reads what another node answers, on one link that this node opened: results of reliable messages, and what was fetched.
/// Results may stand between the frames of what was fetched.
public struct PeerAnswerReader {
    private struct Fetched {
        let session: SessionID
        let generation: UInt32
        var content: SessionState
    }

    private var assembly = LinkAssembly()
    private var fetched: Announced<Fetched>?

    /// A reader of a new link.
    public init() {}

    /// Takes the link's next frame; nil if what it belongs to is not complete. Every error ends the link: it has no legs.
    ///
    /// - Parameter maxMessageBytes: the most bytes of a client's message; `LinkBacklog.frameRoom` more for a kept one.
    public mutating func take(_ frame: LinkFrame, maxMessageBytes: Int) throws(LinkError) -> PeerMessage? {
        switch frame.kind {
        case .reliableResult:
            let result = try LinkReliableResult(frame)
            return .answer(correlation: result.correlation, result.answer, epoch: result.epoch)
        case .fetched: return try begin(frame)
        case .kept: return try add(frame, maxMessageBytes)
        default: throw .unexpectedKind(expected: .reliableResult, got: frame.kind)
        }
    }

    private mutating func begin(_ frame: LinkFrame) throws(LinkError) -> PeerMessage? {
        guard fetched == nil else { throw .outOfOrder(.fetched) }
        let answer = try LinkFetched(frame)
        guard case .known(let kept, let state) = answer.content else {
            return .fetched(session: answer.session, generation: answer.generation, nil)
        }
        let count = try LinkBacklogCount(announced: kept, in: .fetched)
        let content = SessionState(outbox: [], state: state.map { Array($0) })
        return complete(
            Announced(Fetched(session: answer.session, generation: answer.generation, content: content), count))
    }

    private mutating func add(_ frame: LinkFrame, _ maxMessageBytes: Int) throws(LinkError) -> PeerMessage? {
        guard let fetched else { throw .outOfOrder(.kept) }
        guard let message = try assembly.keptMessage(frame, maxMessageBytes) else { return nil }
        try fetched.count.took(byteCount: message.frame.count)
        fetched.value.content.outbox.append(message)
        return complete(fetched)
    }

    /// The answer, once nothing of it is missing.
    private mutating func complete(_ answer: Announced<Fetched>) -> PeerMessage? {
        guard answer.count.missing == 0 else {
            fetched = answer
            return nil
        }
        fetched = nil
        let found = answer.value
        return .fetched(session: found.session, generation: found.generation, found.content)
    }
}
