import ClusterModel
import Edge
import Reactor
import SessionLink
import WebSocketWire

extension GatewayLoop {
    /// From this many bytes in a blocked link's queue on, clients that send through it are not read.
    private static let linkHighMark = 4 << 20

    /// A client's message becomes one frame on its leg.
    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer
    ) {
        guard let session = sessions.find(client), session.pointee.phase == .open, let link = session.pointee.link
        else {
            return
        }
        let count = LinkFrame.count(payloadCount: payload.count)
        guard let room = loop.reserve(count, on: link) else {
            // The queue's bound is far above the mark at which clients are paused: only a burst of a whole round gets here.
            return edge.close(client, code: .overloaded, reason: CloseAdvice(retryMilliseconds: 1000).reason)
        }
        LinkFrame.writeMessage(
            opcode == .text ? .text : .binary, leg: session.pointee.leg, UnsafeRawBufferPointer(payload), into: room)
        loop.commit(count, on: link)
        traffic[session.pointee.service].messagesIn += 1
        session.pointee.toNode.sent(payloadCount: payload.count)
        if !session.pointee.toNode.maySend {
            edge.pause(client)
        } else if loop.isBlocked(link), loop.queuedBytes(link) > Self.linkHighMark {
            session.pointee.pausedByLink = true
            edge.pause(client)
            links.notePaused(client, on: link)
        }
    }

    /// The node gave credit back, or the link has room again.
    func resumeIfAllowed(_ client: ClientID) {
        guard let session = sessions.find(client), session.pointee.phase == .open else { return }
        if session.pointee.toNode.maySend, !session.pointee.pausedByLink { edge.resume(client) }
    }

    /// A node's message for a client. False if the node overspent its credit, which ends the link.
    func deliver(_ frame: LinkFrame, to client: ClientID, on link: SocketID) -> Bool {
        guard let session = sessions.find(client), session.pointee.phase == .open else { return true }
        let count = frame.payload.count
        do throws(LinkError) {
            try session.pointee.fromNode.received(payloadCount: count)
        } catch {
            return false
        }
        guard edge.send(frame.kind == .text ? .text : .binary, frame.payload, to: client) else { return true }
        traffic[session.pointee.service].messagesOut += 1
        if edge.isBlocked(client) {
            // A slow client holds its own credit, and so nobody else's messages.
            session.pointee.heldBack += Credit.cost(payloadCount: count)
        } else {
            giveBack(session, payloadCount: count, on: link)
        }
        return true
    }

    /// A slow client caught up: its node may go on.
    func drained(_ client: ClientID, edge: EdgeServer) {
        guard let session = sessions.find(client), let link = session.pointee.link, session.pointee.heldBack > 0 else {
            return
        }
        let held = session.pointee.heldBack
        session.pointee.heldBack = 0
        giveBack(session, payloadCount: held - LinkHeader.count, on: link)
    }

    private func giveBack(
        _ session: UnsafeMutablePointer<GatewaySession>, payloadCount: Int, on link: SocketID
    ) {
        let bytes = session.pointee.fromNode.usedUp(payloadCount: payloadCount)
        guard bytes > 0 else { return }
        loop.write(LinkCredit(bytes: bytes).frame(leg: session.pointee.leg), to: link)
    }
}
