import Admission
import ClusterModel
import Edge
import HashRing
import Logging
import Reactor
import SessionLink
import WebSocketWire

// What a node says about a session.
extension GatewayLoop {
    /// The owner took the session: the client gets its 101.
    func attached(_ client: ClientID, credit: UInt32) {
        guard let session = sessions.find(client), session.pointee.phase == .attaching else { return }
        session.pointee.phase = .open
        session.pointee.toNode = SendCredit(credit)
        let expires = session.pointee.request?.expires
        session.pointee.request = nil
        count(session)
        edge.accept(client, subprotocol: TokenPlace.marker)
        desk.begin(client, expires: expires, edge: edge)
    }

    /// More may be sent to the node.
    func credited(_ client: ClientID, _ bytes: UInt32) {
        guard let session = sessions.find(client) else { return }
        if session.pointee.toNode.received(bytes) { goOn(client) }
    }

    /// The link's queue has drained.
    func linkHasRoom(_ client: ClientID) {
        sessions.find(client)?.pointee.pausedByLink = false
        goOn(client)
    }

    /// The leg is gone on both sides; what follows needs none.
    func legEnded(_ client: ClientID) { sessions.find(client)?.pointee.link = nil }

    /// The node does not take the session.
    func refused(_ client: ClientID, _ refused: LinkRefused) {
        let status = (400...599).contains(refused.status) ? Int(refused.status) : 502
        let retry = status == 503 ? [HTTPField("Retry-After", "1")] : []
        refuse(client, HTTPRefusal(status: status, code: "refused_by_node", message: refused.reason, headers: retry))
    }

    /// The node ends the session: the client hears its code and reason.
    func closedByNode(_ client: ClientID, _ close: LinkClose, node: NodeID) {
        guard let session = sessions.find(client) else { return }
        guard session.pointee.phase == .open else { return refuse(client, .shuttingDown(retryAfter: 1)) }
        session.pointee.end()
        let code = CloseCode(rawValue: close.code)
        guard code.isAllowedOnWire, close.isReasonText else {
            noteViolation(code.isAllowedOnWire ? .badCloseReason : .badCloseCode, by: node)
            return edge.close(client, code: code.isAllowedOnWire ? code : .internalError, reason: "")
        }
        edge.close(client, code: code, reason: close.reason)
    }

    /// The link is gone. A client that waits hears why; one that is in is asked to come back, by when a new ring or a new
    /// link will be there.
    func linkFailed(_ client: ClientID, _ refusal: HTTPRefusal, moved: Bool) {
        guard let session = sessions.find(client) else { return }
        if let rehomed = session.pointee.rehomed { return legLost(client, rehomed) }
        session.pointee.link = nil
        guard session.pointee.phase == .open else {
            // The ring has let the node go: there is another owner already.
            return moved && session.pointee.phase == .attaching ? route(client) : refuse(client, refusal)
        }
        session.pointee.end()
        let advice = CloseAdvice(
            retryMilliseconds: UInt64.random(in: moved ? 0...1000 : 500...3000),
            epoch: ring(session.pointee.service)?.epoch)
        edge.close(client, code: moved ? .moved : .ownerUnavailable, reason: advice.reason)
    }

    /// A node knows an epoch that we may not have heard of.
    func heardEpoch(_ epoch: UInt64, service: Int) {
        if epoch > (ring(service)?.epoch.value ?? 0) { shared.services[service].refresh() }
    }
}
