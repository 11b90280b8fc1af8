import ClusterModel
import Reactor
import Rehoming
import SessionLink

// Legs of sessions that outlive their owners: opened with an adopt, and read by a reader of their own.
extension LinkPool {
    /// Opens a leg for a session to that node. If that can't be, the machine hears that the leg is lost.
    func adopt(
        _ client: SocketID, _ rehomed: RehomedSession, _ session: UnsafeMutablePointer<GatewaySession>,
        _ attach: SessionAttach, _ home: Home
    ) {
        let service = session.pointee.service
        guard let node = gateway.ring(service)?.node(home.node), node.incarnation == home.incarnation,
            node.kind == .ringway
        else { return gateway.legLost(client, rehomed) }
        let key = GatewayLink.Key(
            service: service, node: node.id, loop: Int(session.pointee.hash % UInt64(max(1, node.loops))))
        rehomed.attach = (attach, key)
        if !reach(key, node, for: client) { gateway.legLost(client, rehomed) }
    }

    /// The link is ready: the session's first words go.
    func sendAdopt(_ client: SocketID, _ rehomed: RehomedSession, on link: GatewayLink) {
        // The session may have turned to another node while the link was opening.
        guard let session = gateway.sessions.find(client), let (attach, key) = rehomed.attach, key == link.key,
            let socket = link.socket
        else { return }
        rehomed.attach = nil
        guard let leg = link.legs.open(client) else { return gateway.legLost(client, rehomed) }
        guard loop.write(attach.frames(leg: leg), to: socket) else {
            link.legs.close(leg)
            return gateway.legLost(client, rehomed)
        }
        session.pointee.leg = leg
        session.pointee.link = socket
    }

    /// A session waited in vain for that node's answer. If nothing at all came by the link meanwhile, it is not that session: all
    /// on the link are lost at once, or each would have to wait for itself.
    func doubt(_ home: Home, of service: Int, hash: UInt64) {
        guard let node = gateway.ring(service)?.node(home.node) else { return }
        let key = GatewayLink.Key(service: service, node: home.node, loop: Int(hash % UInt64(max(1, node.loops))))
        guard let link = ready(key), link.incarnation == home.incarnation.value, let socket = link.socket,
            loop.now - link.lastHeard >= Self.doubtfulSilence
        else { return }
        gateway.shared.logger.notice("a node does not answer", metadata: ["node": "\(home.node)"])
        link.silent = true
        loop.abort(socket)
    }

    /// Just below the second that a machine waits for an owner to let go.
    private static let doubtfulSilence = Duration.milliseconds(900)

    /// All sessions that this loop has for the nodes were given to them.
    func sayAttachDone(_ service: Int, epoch: UInt64) {
        placedBy[service] = epoch
        for link in allLinks where link.key.service == service && link.phase == .ready {
            if let socket = link.socket { loop.write(LinkAttachDone(epoch: epoch).frame(), to: socket) }
        }
    }

    /// A link failed before or while it carried this session.
    func lost(_ client: SocketID, _ rehomed: RehomedSession, waitedFor link: GatewayLink) {
        guard let (_, key) = rehomed.attach, key == link.key else { return }
        gateway.legLost(client, rehomed)
    }

    /// Something that a node says on a session's leg, but for messages and credit.
    func heard(
        _ frame: LinkFrame, _ client: SocketID, _ rehomed: RehomedSession, _ link: GatewayLink
    ) throws(LinkError) {
        guard let attempt = rehomed.attempt, let session = gateway.sessions.find(client) else { return }
        if frame.kind == .attached { session.pointee.toNode = SendCredit(try LinkAttached(frame).credit) }
        // Kept messages cost credit like others, whole or in chunks.
        let cost = frame.kind == .kept ? frame.payload.count : nil
        if let cost { try session.pointee.fromNode.received(payloadCount: cost) }
        defer { if let cost { gateway.tookKept(payloadCount: cost, client, rehomed, attempt) } }
        guard let words = try rehomed.reader.take(frame, maxMessageBytes: gateway.maxMessageBytes) else { return }
        if words.isLastWord {
            link.legs.close(frame.leg)
            gateway.forgetLeg(client, rehomed)
        }
        gateway.tell(client, rehomed) { $0.heard(words, on: attempt, now: $1, &$2) }
    }
}
