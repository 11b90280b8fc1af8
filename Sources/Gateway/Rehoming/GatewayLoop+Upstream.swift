import ClusterModel
import Edge
import Reactor
import Rehoming
import SessionLink
import WebSocketWire

// From clients to nodes, where sessions outlive their owners. The machine keeps a copy of each message until the node has
// dealt with it; so what waits for credit here may be forgotten with its leg.
extension GatewayLoop {
    /// A client's message.
    func receivedRehomed(
        _ message: UnsafeRawBufferPointer, _ kind: LinkKind, _ client: ClientID,
        _ session: UnsafeMutablePointer<GatewaySession>, _ rehomed: RehomedSession
    ) {
        if rehomed.machine.kind == .resumable, kind == .text, let ack = ClientAck(message) {
            return acknowledged(ack, client, rehomed)
        }
        switch rehomed.machine.clientSent(message, isText: kind == .text) {
        case .send:
            traffic[session.pointee.service].messagesIn += 1
            guard let link = session.pointee.link else { return }
            pass(message, kind, session, rehomed, link)
            if mustWait(client, session, rehomed, link) { edge.pause(client) }
        case .kept: traffic[session.pointee.service].messagesIn += 1
        case .full:
            rehomed.refused = MessageRest(kind, message)
            edge.pause(client)
        }
    }

    /// A new message on the present leg: straight into the link's queue, or behind what waits.
    private func pass(
        _ message: UnsafeRawBufferPointer, _ kind: LinkKind, _ session: UnsafeMutablePointer<GatewaySession>,
        _ rehomed: RehomedSession, _ link: SocketID
    ) {
        let count = LinkFrame.count(payloadCount: message.count)
        if rehomed.upstream.isEmpty, message.count <= LinkChunk.size, session.pointee.toNode.maySend,
            let room = loop.reserve(count, on: link)
        {
            LinkFrame.writeMessage(kind, leg: session.pointee.leg, message, into: room)
            loop.commit(count, on: link)
            session.pointee.toNode.sent(payloadCount: message.count)
            return
        }
        let frames = [UInt8](unsafeUninitializedCapacity: LinkChunk.frameCount(messageCount: message.count)) {
            $1 = LinkChunk.writeAll(kind, leg: session.pointee.leg, message, into: UnsafeMutableRawBufferPointer($0))
        }
        rehomed.upstream.append(UpstreamRest(frames: frames))
        sendWaiting(session, rehomed, link)
    }

    /// Something for the node: messages go with credit, all else at once.
    func say(
        _ words: ToNode, _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>,
        _ rehomed: RehomedSession, _ link: SocketID
    ) {
        switch words {
        case .message:
            rehomed.upstream.append(UpstreamRest(frames: words.frames(leg: session.pointee.leg)))
            sendWaiting(session, rehomed, link)
            if mustWait(client, session, rehomed, link) { edge.pause(client) }
        case .close(let code):
            links.endLeg(session.pointee.leg, on: link, code: CloseCode(rawValue: code), reason: "")
            forgetLeg(client, rehomed)
        case .attach, .stored, .duplicate, .declined, .received, .detach:
            // Too small to fill a link on their own: one that takes them no more is of no use to anybody.
            if !loop.write(words.frames(leg: session.pointee.leg), to: link) { loop.abort(link) }
        }
    }

    /// The node gave credit back, or the link has room again.
    func goOnRehomed(
        _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>, _ rehomed: RehomedSession
    ) {
        if let link = session.pointee.link {
            guard !session.pointee.pausedByLink else { return }
            sendWaiting(session, rehomed, link)
            if mustWait(client, session, rehomed, link) { return }
        }
        if rehomed.refused == nil { edge.resume(client) }
    }

    /// The machine has room again: what it did not take comes first.
    func readAgain(
        _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>, _ rehomed: RehomedSession
    ) {
        if let message = rehomed.refused {
            rehomed.refused = nil
            message.bytes.withUnsafeBytes { receivedRehomed($0, message.kind, client, session, rehomed) }
        }
        goOnRehomed(client, session, rehomed)
    }

    private func mustWait(
        _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>, _ rehomed: RehomedSession,
        _ link: SocketID
    ) -> Bool {
        guard session.pointee.toNode.maySend else { return true }
        guard !rehomed.upstream.isEmpty || isFull(link) else { return false }
        session.pointee.pausedByLink = true
        links.notePaused(client, on: link)
        return true
    }

    /// Sends what waits, frame by frame, as far as credit and the link go.
    private func sendWaiting(
        _ session: UnsafeMutablePointer<GatewaySession>, _ rehomed: RehomedSession, _ link: SocketID
    ) {
        while !rehomed.upstream.isEmpty {
            rehomed.upstream[0].sent = rehomed.upstream[0].frames.withUnsafeBytes {
                send(frames: $0, from: rehomed.upstream[0].sent, session, link)
            }
            guard rehomed.upstream[0].sent == rehomed.upstream[0].frames.count else { return }
            rehomed.upstream.removeFirst()
        }
    }

    private func send(
        frames: UnsafeRawBufferPointer, from start: Int, _ session: UnsafeMutablePointer<GatewaySession>,
        _ link: SocketID
    ) -> Int {
        var sent = start
        while session.pointee.toNode.maySend, !isFull(link), let header = try? LinkHeader.read(frames, at: sent) {
            let count = LinkFrame.count(payloadCount: header.payloadCount)
            guard let room = loop.reserve(count, on: link) else { break }
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: frames[sent..<sent + count]))
            loop.commit(count, on: link)
            session.pointee.toNode.sent(payloadCount: header.payloadCount)
            sent += count
        }
        return sent
    }
}
