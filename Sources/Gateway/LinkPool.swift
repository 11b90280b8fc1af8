import ClusterModel
import HashRing
import Logging
import Reactor
import SessionLink
import WebSocketWire

/// The links of one gateway loop: one per service, node and node loop, opened when the first client needs it.
final class LinkPool: SocketHandler {
    /// Bytes that may wait on a link; its clients are paused long before (`GatewayLoop.received`).
    private static let queueBytes = 64 << 20
    /// Connecting and the hello together.
    static let openingTime = Duration.seconds(3)
    /// A link is pinged when it was silent for this long, and given up at five times that.
    static let silence = Duration.seconds(2)
    /// After a failure clients are refused at once for this long, instead of each waiting for a connect of its own.
    private static let failurePause = Duration.milliseconds(250)

    unowned let gateway: GatewayLoop
    let loop: EventLoop
    private var handler: HandlerID?
    private var byKey: [GatewayLink.Key: GatewayLink] = [:]
    let bySocket: SocketStore<GatewayLink>
    private var failures: [GatewayLink.Key: MonotonicTime] = [:]
    /// By which ring all of a service's sessions were last where they belong.
    var placedBy: [Int: UInt64] = [:]

    init(_ gateway: GatewayLoop) {
        self.gateway = gateway
        loop = gateway.loop
        bySocket = SocketStore(limit: gateway.loop.socketLimit)
        handler = loop.register(self)
    }

    var handlerID: HandlerID {
        guard let handler else { preconditionFailure("a pool is registered with its loop when it is made") }
        return handler
    }

    /// One per key.
    var allLinks: some Sequence<GatewayLink> { byKey.values }

    /// The link of that key, if it is ready.
    func ready(_ key: GatewayLink.Key) -> GatewayLink? { byKey[key].flatMap { $0.phase == .ready ? $0 : nil } }

    /// Links that are ready now.
    var readyCount: Int { byKey.values.count { $0.phase == .ready } }

    /// Gives a session to its owner, over the link to the loop that holds this user there.
    func attach(_ client: SocketID, to owner: RingDocument.Node, service: Int, hash: UInt64) {
        guard owner.kind == .ringway else { return gateway.refuse(client, .ownerUnreachable) }
        let key = GatewayLink.Key(
            service: service, node: owner.id, loop: Int(hash % UInt64(max(1, owner.loops))))
        if !reach(key, owner, for: client) { gateway.refuse(client, .ownerUnreachable) }
    }

    /// Gives a client its leg on the link of that key, now or when the link is ready; false if there can be no link now.
    ///
    /// - Parameter node: the node as the ring names it.
    func reach(_ key: GatewayLink.Key, _ node: RingDocument.Node, for client: SocketID) -> Bool {
        if let link = byKey[key], link.incarnation == node.incarnation.value {
            if link.phase == .ready { sendAttach(client, on: link) } else { link.waiting.append(client) }
            return true
        }
        guard let address = node.address else { return false }
        if let failed = failures[key], loop.now - failed < Self.failurePause { return false }
        let link = GatewayLink(key: key, incarnation: node.incarnation.value, now: loop.now)
        link.waiting.append(client)
        byKey[key] = link
        open(link, address)
        return true
    }

    private func open(_ link: GatewayLink, _ address: NodeAddress) {
        if let numeric = try? SocketAddress(host: address.host, port: address.port) {
            return connect(link, numeric, host: address.host)
        }
        let bound = LoopBound((self, link), to: loop)
        Task.detached {
            let found = try? await Resolver.resolve(host: address.host, port: address.port)
            bound.loop.post { loop in
                let (pool, link) = bound.value(on: loop)
                guard pool.byKey[link.key] === link else { return }
                if let first = found?.first {
                    pool.connect(link, first, host: address.host)
                } else {
                    pool.fail(link, .ownerUnreachable)
                }
            }
        }
    }

    /// - Parameter host: what the ring calls the address; the node's certificate is for it, where links are TLS.
    private func connect(_ link: GatewayLink, _ address: SocketAddress, host: String) {
        guard gateway.shared.trust.permits(isLoopback: address.isLoopback) else {
            gateway.shared.logger.warning(
                "no link: without a link secret only nodes on loopback are trusted",
                metadata: ["node": "\(link.key.node)", "address": "\(address)"])
            return fail(link, .ownerUnreachable)
        }
        do throws(ReactorError) {
            let socket = try loop.connect(
                to: address, handler: handlerID, deadline: Self.openingTime,
                tls: gateway.shared.encryption.linkClient?.expecting(host))
            link.phase = .connecting
            link.socket = socket
            bySocket.add(socket, link)
        } catch {
            gateway.shared.logger.warning("no link", metadata: ["node": "\(link.key.node)", "reason": "\(error)"])
            fail(link, .ownerUnreachable)
        }
    }

    func connected(_ socket: SocketID, on loop: EventLoop) {
        guard let link = bySocket.find(socket)?.pointee else { return loop.abort(socket) }
        loop.setQueueBound(Self.queueBytes, on: socket)
        link.phase = .greeting
        link.lastHeard = loop.now
        let service = gateway.shared.services[link.key.service]
        let handshake = CallerHandshake(
            LinkHello(
                role: .gateway, service: service.name.text, sender: gateway.shared.id, target: link.key.node.text,
                targetLoop: UInt16(clamping: link.key.loop), epoch: service.cache.current?.epoch.value ?? 0),
            secrets: gateway.shared.trust.secrets)
        link.handshake = handshake
        loop.write(handshake.hello.frame(), to: socket)
        loop.schedule(after: Self.openingTime, handler: handlerID, key: socket.key)
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        guard let link = bySocket.find(socket)?.pointee else { return }
        bySocket.remove(socket)
        link.socket = nil
        if !link.dismissed {
            gateway.shared.logger.notice(
                "a link ended",
                metadata: [
                    "node": "\(link.key.node)", "loop": "\(link.key.loop)", "reason": "\(loop.words(for: reason))",
                ])
        }
        // Refused or reset: nobody is there. Silence: somebody is, but too slow.
        fail(
            link, reason == .timedOut || link.silent ? .ownerTooSlow : .ownerUnreachable,
            suspicion: link.suspicion(reason))
    }

    /// The end of a link: waiting clients are refused, open sessions closed; the next client opens a new one.
    ///
    /// - Parameter suspicion: what the end says of the node, if anything.
    func fail(_ link: GatewayLink, _ refusal: HTTPRefusal, suspicion: Suspicion.Reason? = nil) {
        if byKey[link.key] === link { byKey[link.key] = nil }
        if let suspicion, let incarnation = Incarnation(link.incarnation) {
            gateway.shared.suspicions?.suspect(
                link.key.node, incarnation: incarnation, of: gateway.shared.services[link.key.service].name,
                reason: suspicion, at: loop.now)
        }
        if !link.dismissed { failures[link.key] = loop.now }
        if failures.count > 1024 { failures.removeAll() }
        let waiting = link.waiting
        link.waiting.removeAll()
        for client in waiting {
            if let rehomed = gateway.sessions.find(client)?.pointee.rehomed {
                lost(client, rehomed, waitedFor: link)
            } else {
                gateway.linkFailed(client, refusal, moved: link.dismissed)
            }
        }
        var clients: [SocketID] = []
        link.legs.forEach { clients.append($1) }
        for client in clients { gateway.linkFailed(client, refusal, moved: link.dismissed) }
    }

    func drained(_ socket: SocketID, on loop: EventLoop) {
        guard let link = bySocket.find(socket)?.pointee else { return }
        let clients = link.paused
        link.paused.removeAll()
        for client in clients { gateway.linkHasRoom(client) }
    }

    /// Remembers a client that is not read until the link has room.
    func notePaused(_ client: SocketID, on socket: SocketID) { bySocket.find(socket)?.pointee.paused.append(client) }

    /// Links to nodes that the ring no longer names, or names in another run, carry nobody's owner any more.
    func ringChanged(_ service: Int, _ ring: RingSnapshot) {
        for link in Array(byKey.values) where link.key.service == service {
            if let node = ring.node(link.key.node), node.incarnation.value == link.incarnation { continue }
            link.dismissed = true
            if ring.plan == .rehome, link.legs.count > 0 {
                // Its sessions leave in order; the timer ends it once they have.
                byKey[link.key] = nil
                continue
            }
            if let socket = link.socket { loop.abort(socket) } else { fail(link, .ownerUnreachable) }
        }
    }

    func roundEnded(on loop: EventLoop) { gateway.sayGathered() }

    func timer(_ key: UInt64, on loop: EventLoop) {
        let id = SocketID(key: key)
        guard let link = bySocket.find(id)?.pointee else { return gateway.timeIsUp(id) }
        if link.dismissed, link.legs.count == 0 { return loop.abort(id) }
        let silent = loop.now - link.lastHeard
        if silent >= (link.phase == .ready ? Self.silence * 5 : Self.openingTime) {
            gateway.shared.logger.notice("a link is silent", metadata: ["node": "\(link.key.node)"])
            link.silent = true
            return loop.abort(id)
        }
        if link.phase == .ready, silent >= Self.silence {
            loop.write(LinkPing(stamp: UInt64(bitPattern: loop.now.nanoseconds)).frame(), to: id)
        }
        loop.schedule(after: Self.silence, handler: handlerID, key: key)
    }
}
