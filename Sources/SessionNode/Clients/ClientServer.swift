import Admission
import ClusterModel
import Edge
import HashRing
import Reactor
import SessionLink
import WebSocketWire

/// Takes clients that come to the node itself, on one loop.
///
/// ```
/// upgrade ─▶ who is it? ─▶ no ring, going away ─▶ 503
///                 ├──────▶ of another loop ─▶ the socket moves there and is asked again
///                 ├──────▶ of another node ─▶ accepted and closed with 4001 and the epoch
///                 └──────▶ session ⇄
/// ```
/// Somebody else's user is told in a close frame and not in the handshake's answer, because browsers show scripts nothing of
/// a refused handshake.
final class ClientServer: EdgeApplication {
    private let context: NodeContext
    private let desk: IdentityDesk

    init(context: NodeContext, rules: IdentityRules) {
        self.context = context
        desk = IdentityDesk(loop: context.loop, rules: rules)
    }

    func upgrade(_ request: UpgradeRequest, from client: ClientID, peer: SocketAddress, edge: EdgeServer) {
        let claim: IdentityRules.Claim
        do throws(HTTPRefusal) {
            guard try desk.rules.service(of: request.head) == context.service else {
                throw .notFound("this node serves \(context.service)")
            }
            try desk.rules.origins.check(request.head, for: context.service)
            claim = try desk.rules.claim(of: request, for: context.service)
        } catch {
            return edge.refuse(client, error)
        }
        // A socket can move only before anything is under way for it, so it goes to the loop of the user that it claims to
        // be; that loop finds out whether it is.
        if !context.isDraining, context.ring.snapshot != nil, let claimed = claim.claimedUser {
            let index = context.identity.loop(ofHash: claimed.withUnsafeBytes { context.ring.hash(of: $0) })
            guard index == context.loopIndex else { return move(client, to: index, edge) }
        }
        desk.settle(claim, for: client) { [unowned self] answer in
            switch answer {
            case .success(let identity): admit(client, identity, edge)
            case .failure(let refusal): edge.refuse(client, refusal)
            }
        }
    }

    private func admit(_ client: ClientID, _ identity: IdentityDesk.Identity, _ edge: EdgeServer) {
        guard !context.isDraining else { return edge.refuse(client, .shuttingDown(retryAfter: 1)) }
        let hash = identity.user.withUnsafeBytes { context.ring.hash(of: $0) }
        // On another loop only if the first ring came while the token was being checked.
        guard context.ring.ownerIndex(ofHash: hash) != nil, context.identity.loop(ofHash: hash) == context.loopIndex
        else { return edge.refuse(client, .noOwner(retryAfter: 1)) }
        if context.ring.isMine(hash), !context.mayOpen(identity.user.bytes, hash: hash) {
            return edge.refuse(client, .overloaded(NodeContext.tooManySessions, retryAfter: 1))
        }
        edge.accept(client, subprotocol: TokenPlace.marker)
        guard context.ring.isMine(hash) else {
            context.counters.moved += 1
            return edge.close(client, code: .moved, reason: CloseAdvice(epoch: context.ring.snapshot?.epoch).reason)
        }
        desk.begin(client, expires: identity.expires, edge: edge)
        let session = identity.user.withUnsafeBytes {
            context.sessions.open(.random(), user: $0, hash: hash, carrier: .client(client), epoch: context.epoch)
        }
        context.clients.insert(session, for: client)
        context.application.onOpen(session, in: context)
    }

    private func move(_ client: ClientID, to index: Int, _ edge: EdgeServer) {
        guard index < context.siblings.count else { return edge.refuse(client, .noOwner(retryAfter: 1)) }
        let sibling = context.siblings[index]
        edge.move(client, to: sibling.loop) { loop in
            guard let edge = sibling.value(on: loop).edge else {
                preconditionFailure("every loop has its edge before the first client comes")
            }
            return edge
        }
    }

    func plain(_ head: HTTPHead, from client: ClientID, edge: EdgeServer) -> PlainAnswer? {
        if head.path == "/livez" { return PlainAnswer(status: 200, json: #"{"alive":true}"# + "\n") }
        // The right place, but no WebSocket was asked for.
        if (try? desk.rules.service(of: head)) == context.service { return HTTPRefusal.upgradeRequired.answer }
        return HTTPRefusal.notFound("open a WebSocket at /\(context.service); health is on the admin port").answer
    }

    func received(
        _ payload: UnsafeMutableRawBufferPointer, opcode: DataOpcode, from client: ClientID, edge: EdgeServer
    ) {
        guard let session = context.clients[client] else { return }
        if desk.watches,
            desk.takes(
                UnsafeRawBufferPointer(payload), opcode, from: client, service: context.service,
                user: { context.user(of: session).flatMap { try? UserKey(bytes: $0) } })
        {
            return
        }
        context.counters.messagesIn += 1
        context.application.onMessage(
            UnsafeRawBufferPointer(payload), opcode == .text ? .text : .binary, from: session, in: context)
        // Who does not read the answers is not read from: the client's own kernel slows it down.
        if edge.isBlocked(client) { edge.pause(client) }
    }

    func drained(_ client: ClientID, edge: EdgeServer) {
        // Only once nothing waits any more: the next message may be as large as the queue.
        if !edge.isBlocked(client) { edge.resume(client) }
    }

    func ended(_ client: ClientID, code: CloseCode, reason: String, edge: EdgeServer) {
        desk.ended(client)
        if let session = context.clients.remove(client) { context.end(session, code: code) }
    }

    func acceptPaused(_ pause: AcceptPause, edge: EdgeServer) {
        context.logger.warning("no more clients for now", metadata: ["reason": "\(pause)", "times": "\(pause.times)"])
    }
}
