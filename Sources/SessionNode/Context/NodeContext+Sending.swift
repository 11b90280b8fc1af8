import ClusterModel
import Edge
import Reactor
import Rehoming
import SessionLink
import WebSocketWire

extension NodeContext {
    /// What an application may put around a client's message (who sent it, for one) without passing the limit; gateways
    /// allow the same.
    static let envelope = 64 << 10

    /// Sends a message to a session's client. It leaves at the end of this loop round, with all else for the same socket.
    ///
    /// - Returns: false if the session is over, the message is larger than `--max-message` and 64 KiB, or the client is so slow
    ///   that its queue (`--max-queue`) is full: then the session is closed with 4009.
    @discardableResult
    public func send(_ bytes: UnsafeRawBufferPointer, _ kind: MessageKind, to session: SessionRef) -> Bool {
        guard bytes.count <= maxMessageBytes + Self.envelope,
            let carrier = sessions.update(session, { $0.isEnding ? nil : $0.carrier }) ?? nil
        else { return false }
        switch carrier {
        case .client(let client):
            guard edge?.send(kind == .text ? .text : .binary, bytes, to: client) ?? false else { return false }
        case .leg(let link, let leg):
            guard sendOnLeg(bytes, kind == .text ? .text : .binary, link, leg, session) else {
                close(session, .slowConsumer)
                return false
            }
        // Its gateway is lost: what is not `reliable` is lost with it.
        case .none: return true
        }
        counters.messagesOut += 1
        return true
    }

    /// `send` for an array.
    @discardableResult
    public func send(_ bytes: [UInt8], _ kind: MessageKind, to session: SessionRef) -> Bool {
        bytes.withUnsafeBytes { send($0, kind, to: session) }
    }

    /// Ends a session: the client gets the code and a reason of at most 123 bytes. `Application.onClose` is called at once.
    public func close(_ session: SessionRef, _ code: CloseCode, reason: String = "") {
        guard let carrier = sessions.update(session, { $0.isEnding ? nil : $0.carrier }) ?? nil else { return }
        if closeRehomed(session, code, reason) { return }
        switch carrier {
        case .client(let client): edge?.close(client, code: code, reason: reason)
        case .leg(let link, let leg):
            links[link]?.legs.close(leg)
            writeControl(LinkClose(code: code.rawValue, reason: reason), leg: leg, to: link)
        case .none: break
        }
        end(session, code: code)
    }

    /// A session is over, whoever ended it. The application hears of it before the table forgets it.
    func end(_ ref: SessionRef, code: CloseCode) {
        let id: SessionID? =
            sessions.update(ref) { session in
                if session.isEnding { return nil }
                session.isEnding = true
                return session.id
            } ?? nil
        guard let id else { return }
        counters.closes[code, default: 0] += 1
        application.onClose(ref, code: code, in: self)
        backlogs.remove(ref)
        assemblies[ref] = nil
        sessions.remove(ref, id: id)
    }

    // MARK: Legs

    /// Straight into the link's queue while there is credit and room, else behind what waits. False: too much waits.
    private func sendOnLeg(
        _ bytes: UnsafeRawBufferPointer, _ kind: LinkKind, _ link: SocketID, _ leg: LegID, _ ref: SessionRef
    ) -> Bool {
        let mayGo = sessions.update(ref) { !$0.hasBacklog && $0.sendCredit.maySend } ?? false
        if bytes.count > LinkChunk.size {
            guard wait(bytes, kind, leg, ref) else { return false }
            if mayGo { flushBacklog(ref) }
            return true
        }
        let count = LinkFrame.count(payloadCount: bytes.count)
        guard mayGo, let room = loop.reserve(count, on: link) else { return wait(bytes, kind, leg, ref) }
        LinkFrame.writeMessage(kind, leg: leg, bytes, into: room)
        loop.commit(count, on: link)
        _ = sessions.update(ref) { $0.sendCredit.sent(payloadCount: bytes.count) }
        return true
    }

    /// Puts a message's frames behind what waits for the leg.
    private func wait(
        _ bytes: UnsafeRawBufferPointer, _ kind: LinkKind, _ leg: LegID, _ ref: SessionRef
    ) -> Bool {
        let count = LinkChunk.frameCount(messageCount: bytes.count)
        let taken = backlogs.append(count, to: ref) { LinkChunk.writeAll(kind, leg: leg, bytes, into: $0) }
        if taken { _ = sessions.update(ref) { $0.hasBacklog = true } }
        return taken
    }

    /// Sends what waits for a leg as far as credit and the link's queue allow; then the client is read from again.
    func flushBacklog(_ ref: SessionRef) {
        guard let session = sessions.session(ref), session.hasBacklog, !session.isEnding,
            case .leg(let link, let leg) = session.carrier
        else { return }
        var credit = session.sendCredit
        let waits = backlogs.drain(ref) { bytes in
            var offset = 0
            while credit.maySend, let header = try? LinkHeader.read(bytes, at: offset) {
                let count = LinkFrame.count(payloadCount: header.payloadCount)
                guard let room = loop.reserve(count, on: link) else { break }
                room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count]))
                loop.commit(count, on: link)
                // A home marker waits behind messages, but is none.
                if header.kind != .home { credit.sent(payloadCount: header.payloadCount) }
                offset += count
            }
            return offset
        }
        let held = sessions.update(ref) { session in
            session.sendCredit = credit
            session.hasBacklog = waits
            guard !waits else { return 0 }
            defer { session.heldBack = 0 }
            return session.heldBack
        }
        if let held, held > 0 { giveBack(held, to: ref, link, leg) }
    }

    /// A message from a leg was dealt with: its sender may send as much again, once a worthwhile amount is together.
    func giveBack(_ cost: Int, to ref: SessionRef, _ link: SocketID, _ leg: LegID) {
        let bytes = sessions.update(ref) { session -> UInt32 in
            if session.hasBacklog {
                session.heldBack += cost
                return 0
            }
            return session.receiveCredit.usedUp(payloadCount: cost - LinkHeader.count)
        }
        if let bytes, bytes > 0 { writeControl(LinkCredit(bytes: bytes), leg: leg, to: link) }
    }

    /// A small frame that must not be lost: it has room beyond the queue's bound. A link that is full even so has a peer that
    /// reads nothing and is given up.
    func writeControl(_ payload: some LinkPayload, leg: LegID = .link, to link: SocketID) {
        let count = payload.frameCount
        if loop.reserve(count, on: link) == nil { loop.setQueueBound(LinkServer.controlQueueBound, on: link) }
        guard let room = loop.reserve(count, on: link) else { return loop.abort(link) }
        payload.writeFrame(leg: leg, into: room)
        loop.commit(count, on: link)
    }

    /// Small frames that must not be lost, as `writeControl`.
    func writeFrames(_ words: some LinkWritable, leg: LegID, to link: SocketID) {
        let count = words.frameCount
        if loop.reserve(count, on: link) == nil { loop.setQueueBound(LinkServer.controlQueueBound, on: link) }
        guard let room = loop.reserve(count, on: link) else { return loop.abort(link) }
        words.writeFrames(leg: leg, into: room)
        loop.commit(count, on: link)
    }
}
