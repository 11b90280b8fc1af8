import SessionLink

/// Reads what a gateway says on one leg. The node has one for each leg that an adopt opened.
///
/// ```
/// adopt ──▶ kept messages, as many as it announced ──▶ attach ──▶ again · text · binary · stored · … ──▶ close
/// ```
/// Credit is not its business. Neither is what an adopt's user or a message's text consists of: that is checked by whoever
/// takes them, as for a client that comes directly.
public struct ToNodeReader {
    private enum Phase {
        case start
        case bringing(Announced<SessionAttach>)
        case open
    }

    private var phase = Phase.start
    private var assembly = LinkAssembly()
    private var nextNumber: UInt64 = 0

    /// A reader of a new leg.
    public init() {}

    /// The number of a text or binary frame that is a whole message; it then counts as read, and the frame's payload is the
    /// message, without a copy. nil for every other frame: `take` is for those.
    public mutating func number(ofWhole header: LinkHeader) -> UInt64? {
        guard header.kind == .text || header.kind == .binary, !header.hasMore, !assembly.isOpen, case .open = phase
        else { return nil }
        return count()
    }

    /// Takes the leg's next frame; nil if what it belongs to is not complete.
    ///
    /// - Parameter maxMessageBytes: the most bytes of a client's message; `LinkBacklog.frameRoom` more for a kept one.
    public mutating func take(_ frame: LinkFrame, maxMessageBytes: Int) throws(LinkError) -> ToNode? {
        switch frame.kind {
        case .adopt: return try adopt(frame)
        case .kept: return try bring(frame, maxMessageBytes)
        default: break
        }
        let word = try word(frame, maxMessageBytes)
        guard case .open = phase else { throw .outOfOrder(frame.kind) }
        return word
    }

    private mutating func word(_ frame: LinkFrame, _ maxMessageBytes: Int) throws(LinkError) -> ToNode? {
        switch frame.kind {
        case .text, .binary:
            let bytes = try assembly.take(frame, maxBytes: maxMessageBytes) { Array($0) }
            guard let bytes else { return nil }
            return .message(n: count(), isAgain: false, isText: frame.kind == .text, bytes: bytes)
        case .again:
            return try assembly.take(frame, maxBytes: maxMessageBytes + LinkAgain.headCount) {
                message throws(LinkError) in
                let again = try LinkAgain(message)
                // What is replayed may have come to the gateway after the adopt went out.
                nextNumber = max(nextNumber, again.n + 1)
                return .message(n: again.n, isAgain: again.isAgain, isText: again.isText, bytes: Array(again.body))
            }
        case .stored: return .stored(through: Position(try LinkStored(frame).position))
        case .received: return .received(through: Position(try LinkReceived(frame).position))
        case .duplicate: return .duplicate(Position(try LinkDuplicate(frame).position))
        case .declined: return .declined(Position(try LinkDeclined(frame).position))
        case .detach: return .detach(epoch: try LinkDetach(frame).epoch)
        case .close: return .close(code: try LinkClose(frame).code)
        default: throw .unexpectedKind(expected: .adopt, got: frame.kind)
        }
    }

    private mutating func adopt(_ frame: LinkFrame) throws(LinkError) -> ToNode? {
        guard case .start = phase else { throw .outOfOrder(.adopt) }
        let adopt = try LinkAdopt(frame)
        let count = try LinkBacklogCount(announced: adopt.brought, in: .adopt)
        nextNumber = adopt.nextNumber
        return opened(Announced(try SessionAttach(adopt), count))
    }

    private mutating func bring(_ frame: LinkFrame, _ maxMessageBytes: Int) throws(LinkError) -> ToNode? {
        guard case .bringing(let attach) = phase else { throw .outOfOrder(.kept) }
        guard let message = try assembly.keptMessage(frame, maxMessageBytes) else { return nil }
        try attach.count.took(byteCount: message.frame.count)
        attach.value.buffer.append(message)
        return opened(attach)
    }

    /// The attach, once nothing of it is missing.
    private mutating func opened(_ attach: Announced<SessionAttach>) -> ToNode? {
        guard attach.count.missing == 0 else {
            phase = .bringing(attach)
            return nil
        }
        phase = .open
        return .attach(attach.value)
    }

    private mutating func count() -> UInt64 {
        defer { nextNumber += 1 }
        return nextNumber
    }
}

extension LinkAssembly {
    mutating func keptMessage(_ frame: LinkFrame, _ maxMessageBytes: Int) throws(LinkError) -> KeptMessage? {
        try take(frame, maxBytes: maxMessageBytes + LinkBacklog.frameRoom + LinkKept.headCount) {
            message throws(LinkError) in KeptMessage(try LinkKept(message))
        }
    }
}
