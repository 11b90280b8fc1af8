import ClusterModel
import Edge
import Reactor
import SessionLink
import WebSocketWire

// From clients to nodes. What a node may not take yet waits with its client: in `MessageRest` if a message is half sent, in
// the client's own kernel otherwise.
extension GatewayLoop {
    /// From this many bytes in a blocked link's queue on, clients that send through it are not read.
    private static let linkHighMark = 4 << 20

    /// A client's message becomes one frame on its leg, or several if it is large.
    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer
    ) {
        guard let session = sessions.find(client), session.pointee.phase == .open else { return }
        let kind: LinkKind = opcode == .text ? .text : .binary
        let message = UnsafeRawBufferPointer(payload)
        if desk.watches,
            desk.takes(
                message, opcode, from: client, service: shared.services[session.pointee.service].name,
                user: { session.pointee.user })
        {
            return
        }
        if let rehomed = session.pointee.rehomed {
            return receivedRehomed(message, kind, client, session, rehomed)
        }
        guard let link = session.pointee.link else { return }
        if message.count <= LinkChunk.size {
            guard send(message, kind, session, link, hasMore: false) else {
                // The queue's bound is far above the mark at which clients are paused: only a burst of a whole round gets here.
                return edge.close(client, code: .overloaded, reason: CloseAdvice(retryMilliseconds: 1000).reason)
            }
        } else {
            let sent = sendChunks(message, from: 0, kind, session, link)
            if sent < message.count {
                session.pointee.rest = MessageRest(kind, UnsafeRawBufferPointer(rebasing: message[sent...]))
            }
        }
        traffic[session.pointee.service].messagesIn += 1
        if mustWait(client, session, link) { edge.pause(client) }
    }

    /// The node gave credit back, or the link has room again.
    func goOn(_ client: ClientID) {
        guard let session = sessions.find(client), session.pointee.phase == .open else { return }
        if let rehomed = session.pointee.rehomed { return goOnRehomed(client, session, rehomed) }
        guard let link = session.pointee.link, !session.pointee.pausedByLink else { return }
        if let rest = session.pointee.rest {
            rest.sent = rest.bytes.withUnsafeBytes { sendChunks($0, from: rest.sent, rest.kind, session, link) }
            if rest.sent == rest.bytes.count { session.pointee.rest = nil }
        }
        if !mustWait(client, session, link) { edge.resume(client) }
    }

    /// Whether the client may not be read now; whoever removes the reason calls `goOn`.
    private func mustWait(
        _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>, _ link: SocketID
    ) -> Bool {
        guard session.pointee.toNode.maySend else { return true }
        // With credit left, only a full link stops a message in its middle.
        guard session.pointee.rest != nil || isFull(link) else { return false }
        session.pointee.pausedByLink = true
        links.notePaused(client, on: link)
        return true
    }

    func isFull(_ link: SocketID) -> Bool {
        loop.isBlocked(link) && loop.queuedBytes(link) > Self.linkHighMark
    }

    /// Sends of a large message what credit and the link allow, from `start` on. Gives the place where the rest begins.
    private func sendChunks(
        _ message: UnsafeRawBufferPointer, from start: Int, _ kind: LinkKind,
        _ session: UnsafeMutablePointer<GatewaySession>, _ link: SocketID
    ) -> Int {
        var sent = start
        while sent < message.count, session.pointee.toNode.maySend, !isFull(link) {
            let end = min(sent + LinkChunk.size, message.count)
            let chunk = UnsafeRawBufferPointer(rebasing: message[sent..<end])
            guard send(chunk, kind, session, link, hasMore: end < message.count) else { break }
            sent = end
        }
        return sent
    }

    /// One frame of the leg; false if the link's queue has no room for it.
    private func send(
        _ payload: UnsafeRawBufferPointer, _ kind: LinkKind, _ session: UnsafeMutablePointer<GatewaySession>,
        _ link: SocketID, hasMore: Bool
    ) -> Bool {
        let count = LinkFrame.count(payloadCount: payload.count)
        guard let room = loop.reserve(count, on: link) else { return false }
        LinkFrame.writeMessage(kind, leg: session.pointee.leg, payload, hasMore: hasMore, into: room)
        loop.commit(count, on: link)
        session.pointee.toNode.sent(payloadCount: payload.count)
        return true
    }
}
