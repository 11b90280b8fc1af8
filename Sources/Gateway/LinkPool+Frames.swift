import ClusterModel
import Logging
import Reactor
import SessionLink
import WebSocketWire

extension LinkPool {
    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        guard let link = bySocket.find(socket)?.pointee else { return bytes.count }
        link.lastHeard = loop.now
        var offset = 0
        do {
            while let frame = try LinkFrame.next(UnsafeRawBufferPointer(bytes), offset: &offset) {
                try handle(frame, link, socket)
            }
            return offset
        } catch {
            gateway.shared.logger.error(
                "a node broke the link's rules", metadata: ["node": "\(link.key.node)", "error": "\(error)"])
            loop.abort(socket)
            return bytes.count
        }
    }

    private func handle(_ frame: LinkFrame, _ link: GatewayLink, _ socket: SocketID) throws(LinkError) {
        guard link.phase == .ready else { return try greet(frame, link, socket) }
        if !frame.kind.isTraffic, let client = link.legs[frame.leg],
            let rehomed = gateway.sessions.find(client)?.pointee.rehomed
        {
            return try heard(frame, client, rehomed, link)
        }
        switch frame.kind {
        case .text, .binary:
            guard let client = link.legs[frame.leg] else { return }
            try gateway.deliver(frame, to: client, on: socket, of: link.key.node)
        case .credit:
            guard let client = link.legs[frame.leg] else { return }
            gateway.credited(client, try LinkCredit(frame).bytes)
        case .attached:
            guard let client = link.legs[frame.leg] else { return }
            gateway.attached(client, credit: try LinkAttached(frame).credit)
        case .moved:
            let moved = try LinkMoved(frame)
            guard let client = link.legs.close(frame.leg) else { return }
            gateway.legEnded(client)
            gateway.moved(client, epoch: moved.epoch)
        case .refused:
            let refused = try LinkRefused(frame)
            guard let client = link.legs.close(frame.leg) else { return }
            gateway.legEnded(client)
            gateway.refused(client, refused)
        case .close:
            let close = try LinkClose(frame)
            guard let client = link.legs.close(frame.leg) else { return }
            gateway.legEnded(client)
            gateway.closedByNode(client, close, node: link.key.node)
        case .ping: loop.write(LinkPong(stamp: try LinkPing(frame).stamp).frame(), to: socket)
        case .pong: answered(try LinkPong(frame), on: link)
        case .ringHint: gateway.heardEpoch(try LinkRingHint(frame).epoch, service: link.key.service)
        case .hello, .helloAnswer, .challenge, .proof, .attach, .forward, .forwardResult, .adopt, .kept, .again,
            .stored, .received, .duplicate, .declined, .detach, .taken, .home, .released, .superseded, .attachDone,
            .reliable, .reliableResult, .fetch, .fetched:
            throw .unexpectedKind(expected: .text, got: frame.kind)
        }
    }

    /// Takes a frame of the handshake. No client's name and no message goes out before it is through.
    private func greet(_ frame: LinkFrame, _ link: GatewayLink, _ socket: SocketID) throws(LinkError) {
        guard var handshake = link.handshake else { throw .unexpectedKind(expected: .ping, got: frame.kind) }
        let step = try handshake.take(frame)
        link.handshake = handshake
        switch step {
        case .send(let proof): loop.write(proof.frame(), to: socket)
        case .open(let welcome):
            link.phase = .ready
            link.handshake = nil
            let waiting = link.waiting
            link.waiting.removeAll()
            for client in waiting { sendAttach(client, on: link) }
            // A node that gained users waits for every gateway that has a link to it.
            if let epoch = placedBy[link.key.service] {
                loop.write(LinkAttachDone(epoch: epoch).frame(), to: socket)
            }
            gateway.heardEpoch(welcome.epoch, service: link.key.service)
        case .refused(let refusal, let message): giveUp(link, socket, "\(refusal): \(message)")
        case .distrusted(let reason): giveUp(link, socket, reason)
        }
    }

    private func giveUp(_ link: GatewayLink, _ socket: SocketID, _ reason: String) {
        gateway.shared.logger.warning("no link", metadata: ["node": "\(link.key.node)", "reason": "\(reason)"])
        loop.abort(socket)
    }

    /// Asks the node to say when it has answered all that was sent to it so far; `EdgeServer.finish` follows. Frames of a link
    /// are handled in their order, so the pong of a ping sent now comes behind the answers.
    func askForAnswers(_ client: SocketID, on socket: SocketID) -> Bool {
        guard let link = bySocket.find(socket)?.pointee, link.phase == .ready,
            loop.write(LinkPing(stamp: Self.answersStamp).frame(), to: socket)
        else { return false }
        link.finishing.append(client)
        return true
    }

    /// Pongs come in the order of their pings, so the first who asked is the one.
    private func answered(_ pong: LinkPong, on link: GatewayLink) {
        guard pong.stamp == Self.answersStamp, !link.finishing.isEmpty else { return }
        gateway.edge.finish(link.finishing.removeFirst())
    }

    /// Tells these pings from those that keep the link alive, which carry a time.
    private static let answersStamp = UInt64.max

    /// Opens a leg for a client on a ready link.
    func sendAttach(_ client: SocketID, on link: GatewayLink) {
        // A client that went away or was refused while the link was opening.
        if let rehomed = gateway.sessions.find(client)?.pointee.rehomed {
            return sendAdopt(client, rehomed, on: link)
        }
        guard let session = gateway.sessions.find(client), session.pointee.phase == .attaching,
            let request = session.pointee.request, let socket = link.socket
        else { return }
        guard let leg = link.legs.open(client) else {
            return gateway.refuse(client, .overloaded("too many sessions on one link", retryAfter: 1))
        }
        session.pointee.leg = leg
        session.pointee.link = socket
        let frame = LinkAttach.frame(
            leg: leg, epoch: session.pointee.epoch, session: session.pointee.id, user: session.pointee.user.bytes,
            peer: request.peer, subprotocol: "", target: request.target)
        if !loop.write(frame, to: socket) {
            link.legs.close(leg)
            session.pointee.link = nil
            gateway.refuse(client, .overloaded("the link to the user's node is full", retryAfter: 1))
        }
    }

    /// Ends a leg from this side.
    func endLeg(_ leg: LegID, on socket: SocketID, code: CloseCode, reason: String) {
        guard let link = bySocket.find(socket)?.pointee, link.legs.close(leg) != nil else { return }
        loop.write(LinkClose(code: code.rawValue, reason: reason).frame(leg: leg), to: socket)
    }
}

extension LinkKind {
    /// Messages and their credit: the same for every leg, however it was opened.
    fileprivate var isTraffic: Bool { self == .text || self == .binary || self == .credit }
}
