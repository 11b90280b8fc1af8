import ClusterModel
import Edge
import HashRing
import Logging
import Reactor
import Rehoming
import SessionLink
import WebSocketWire

// From nodes to clients.
//
// A node's large message is put together here, and not passed on chunk by chunk as fragments: so the client gets a message
// whole or not at all, and its connection outlives a leg that dies in the middle of one; another leg may follow. It is checked
// before the client gets the first byte of it. The memory is bounded by the largest message, and a client that does not read
// holds its node's credit, so that what is put together for it stops growing.
extension GatewayLoop {
    /// What a node may put around a client's message (who sent it, for one) without passing the limit.
    private static let envelope = 64 << 10

    var maxMessageBytes: Int { Int(shared.limits.message.maxMessageBytes) + Self.envelope }

    /// A frame of a node's message for a client.
    ///
    /// - Throws: `overspentCredit`, which ends the link. Other broken rules end the leg.
    func deliver(
        _ frame: LinkFrame, to client: ClientID, on link: SocketID, of node: NodeID
    ) throws(LinkError) {
        guard let session = sessions.find(client), session.pointee.phase == .open else { return }
        try session.pointee.fromNode.received(payloadCount: frame.payload.count)
        let opcode: DataOpcode = frame.kind == .text ? .text : .binary
        do throws(FrameViolation) {
            let isTaken: Bool
            switch session.pointee.order.take(frame.header) {
            case .whole?:
                try MessageAssembly.check(frame.payload, opcode, maxBytes: maxMessageBytes)
                isTaken = pass(frame.payload, opcode, client, session)
            case .first?, .middle?:
                try assembly(session, opcode).append(frame.payload)
                isTaken = true
            case .last?:
                let assembly = assembly(session, opcode)
                session.pointee.assembly = nil
                try assembly.append(frame.payload)
                isTaken = pass(UnsafeRawBufferPointer(try assembly.finish()), opcode, client, session)
                withExtendedLifetime(assembly) {}
            case nil: throw .brokenChunks
            }
            if isTaken { takenOver(frame.payload.count, client, session, link) }
        } catch {
            noteViolation(error, by: node)
            links.endLeg(session.pointee.leg, on: link, code: error.code, reason: error.reason.description)
            session.pointee.link = nil
            session.pointee.end()
            edge.close(client, code: .internalError, reason: "")
        }
    }

    private func assembly(
        _ session: UnsafeMutablePointer<GatewaySession>, _ opcode: DataOpcode
    ) -> MessageAssembly {
        if let assembly = session.pointee.assembly { return assembly }
        let assembly = MessageAssembly(opcode, maxBytes: maxMessageBytes)
        session.pointee.assembly = assembly
        return assembly
    }

    private func pass(
        _ message: UnsafeRawBufferPointer, _ opcode: DataOpcode, _ client: ClientID,
        _ session: UnsafeMutablePointer<GatewaySession>
    ) -> Bool {
        guard edge.send(opcode, message, to: client) else { return false }
        traffic[session.pointee.service].messagesOut += 1
        return true
    }

    /// A frame of a message that is kept until its client acknowledges it was taken over, if its leg is still there.
    func tookKept(
        payloadCount: Int, _ client: ClientID, _ rehomed: RehomedSession, _ attempt: GatewaySessionMachine.Attempt
    ) {
        guard rehomed.attempt == attempt, let session = sessions.find(client), let link = session.pointee.link else {
            return
        }
        takenOver(payloadCount, client, session, link)
    }

    /// The node may send as much again; not yet, if the client is slow: then it holds its own credit and nobody else's.
    private func takenOver(
        _ payloadCount: Int, _ client: ClientID, _ session: UnsafeMutablePointer<GatewaySession>, _ link: SocketID
    ) {
        if edge.isBlocked(client) {
            session.pointee.heldBack += Credit.cost(payloadCount: payloadCount)
        } else {
            giveBack(session, payloadCount: payloadCount, on: link)
        }
    }

    /// A slow client caught up: its node may go on. In the middle of a large message only once nothing waits for the client
    /// any more, since the whole of it must fit behind what waits.
    func drained(_ client: ClientID, edge: EdgeServer) {
        guard let session = sessions.find(client), let link = session.pointee.link, session.pointee.heldBack > 0,
            !session.pointee.order.isOpen || !edge.isBlocked(client)
        else { return }
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

    /// Counts a rule that a node broke, and says so at most once a second.
    func noteViolation(_ violation: FrameViolation, by node: NodeID) {
        guard let unsaid = violations.note(violation.code, at: loop.now.nanoseconds) else { return }
        shared.logger.error(
            "a node broke a rule of a session's messages",
            metadata: ["node": "\(node)", "rule": "\(violation.reason)", "unsaid": "\(unsaid)"])
    }
}
