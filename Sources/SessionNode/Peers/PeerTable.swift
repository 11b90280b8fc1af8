import ClusterModel
import HashRing
import Reactor
import Rehoming
import SessionLink

/// The loops of all other nodes that the ring knows, found by the ring's own index: what `Routed` asks.
final class PeerTable {
    /// How long a node that left the ring is still asked and listened to.
    static let retirement = Duration.seconds(30)

    /// By index into the ring's nodes, then by loop; empty for this node and for foreign servers.
    private var rows: [[Peer]] = []
    private var known: [Peer.Key: Peer] = [:]
    private var bySocket: [SocketID: Peer] = [:]
    private var byHome: [Home: Peer] = [:]
    private var nextRoute = 0
    /// Questions that went to several nodes are lost with none of them; only their deadline ends them.
    private var sharedRoute = 0
    private var handler: HandlerID?

    /// Says who handles the links' sockets. Routes below `firstRoute` belong to the node's own loops.
    func start(handler: HandlerID, firstRoute: Int) {
        self.handler = handler
        sharedRoute = firstRoute
        nextRoute = firstRoute + 1
    }

    /// Links that are open or being opened.
    var linkCount: Int { bySocket.count }

    /// The peer whose link this is.
    func peer(_ socket: SocketID) -> Peer? { bySocket[socket] }

    /// Takes the nodes of a newer ring.
    ///
    /// - Returns: the routes to nodes that the ring no longer names.
    @discardableResult
    func follow(_ snapshot: RingSnapshot, me: NodeID, context: NodeContext) -> [PendingResults.Route] {
        var retired: [PendingResults.Route] = []
        var kept: Set<Peer.Key> = []
        rows = snapshot.nodes.map { node in
            guard node.id != me, node.kind == .ringway, let address = node.address else { return [] }
            return (0..<node.loops).map { loop in
                let key = Peer.Key(node: node.id, incarnation: node.incarnation, address: address, loop: loop)
                kept.insert(key)
                return peer(key, context)
            }
        }
        for (key, peer) in known where !kept.contains(key) && peer.retiredAt == nil {
            peer.retiredAt = context.loop.now
            retired.append(peer.route)
        }
        return retired
    }

    private func peer(_ key: Peer.Key, _ context: NodeContext) -> Peer {
        if let peer = known[key] {
            peer.retiredAt = nil
            return peer
        }
        let peer = Peer(key, route: nextRoute)
        nextRoute += 1
        known[key] = peer
        byHome[peer.home] = peer
        if peer.addresses.isEmpty { resolve(key, context) }
        return peer
    }

    /// Names are looked up off the loop, once per node and ring; until then its messages are refused as unreachable.
    private func resolve(_ key: Peer.Key, _ context: NodeContext) {
        let me = LoopBound(self, to: context.loop)
        let handle = context.loop.handle
        Task.detached {
            guard let found = try? await Resolver.resolve(host: key.address.host, port: key.address.port) else {
                return
            }
            handle.post { loop in me.value(on: loop).known[key]?.addresses = found }
        }
    }

    /// Sends a message to one or several nodes. `nil`: the result comes later; otherwise nobody was asked.
    func forward(
        _ message: UserMessage, to nodes: [Int], for waiter: Waiter, id: UnsafeRawBufferPointer, _ context: NodeContext
    ) -> DeliveryStatus? {
        let size = message.from.count + message.to.count + message.payload.count
        guard size <= LinkHeader.maxPayloadCount - 64 else { return .rejected(.tooLarge) }
        let ways = nodes.compactMap { node in way(to: node, hash: message.hash, context) }
        guard let first = ways.first else { return .rejected(.unreachable) }
        let asked = context.pending.ask(
            waiter, id: id, byteCount: size, by: ways.count == 1 ? first.peer.route : sharedRoute,
            addressees: ways.count, now: context.loop.now)
        guard let correlation = asked else { return .rejected(.busy) }
        let forward = LinkForward(
            correlation: correlation, epoch: context.epoch,
            deliveryClass: ForwardClass.byte(isLastHop: message.isLastHop), from: message.from, to: message.to,
            data: message.payload)
        var sent = 0
        for way in ways where send(forward, way, context) { sent += 1 }
        if sent == 0 {
            context.pending.withdraw(correlation, addressees: ways.count)
            return .rejected(.busy)
        }
        for _ in sent..<ways.count { _ = context.pending.answer(correlation, .unknown) }
        return nil
    }

    /// Sends a message, or keeps it until its link is open; false if there is no room for it.
    private func send(_ forward: LinkForward, _ way: (peer: Peer, socket: SocketID), _ context: NodeContext) -> Bool {
        send(forward.frameCount, way, context) { _ = forward.writeFrame(into: $0) }
    }

    /// Says something to a loop of a node that the ring names, or named a moment ago; false if it can't be reached now or has
    /// no room for it.
    func say(_ words: PeerMessage, to home: Home, _ context: NodeContext) -> Bool {
        guard let peer = byHome[home], let socket = peer.socket ?? open(peer, context) else { return false }
        return send(words.frameCount, (peer, socket), context) { _ = words.writeFrames(into: $0) }
    }

    private func send(
        _ count: Int, _ way: (peer: Peer, socket: SocketID), _ context: NodeContext,
        _ write: (UnsafeMutableRawBufferPointer) -> Void
    ) -> Bool {
        if case .opening = way.peer.state {
            guard way.peer.held.count + count <= PeerLinks.queueBound else { return false }
            way.peer.held += [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
                write(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[..<count]))
                filled = count
            }
            return true
        }
        guard let room = context.loop.reserve(count, on: way.socket) else { return false }
        write(room)
        context.loop.commit(count, on: way.socket)
        return true
    }

    /// Whether a message to that node's user would go out at once. If there is no link, one is opened.
    func canReach(_ node: Int, hash: UInt64, _ context: NodeContext) -> Bool {
        guard case .open? = way(to: node, hash: hash, context)?.peer.state else { return false }
        return true
    }

    private func way(to node: Int, hash: UInt64, _ context: NodeContext) -> (peer: Peer, socket: SocketID)? {
        guard rows.indices.contains(node), !rows[node].isEmpty else { return nil }
        let peer = rows[node][Int(hash % UInt64(rows[node].count))]
        guard let socket = peer.socket ?? open(peer, context) else { return nil }
        return (peer, socket)
    }

    /// Opens a peer's link: the hello goes first, and nothing else until both ends are proven.
    private func open(_ peer: Peer, _ context: NodeContext) -> SocketID? {
        if case .waiting(let until) = peer.state, context.loop.now < until { return nil }
        guard let handler, !peer.addresses.isEmpty else { return nil }
        let address = peer.addresses[peer.failures % peer.addresses.count]
        let trust = context.identity.trust
        guard trust.permits(isLoopback: address.isLoopback) else {
            peer.failed(now: context.loop.now)
            return nil
        }
        let tls = context.linkClient?.expecting(peer.key.address.host)
        guard
            let socket = try? context.loop.connect(to: address, handler: handler, deadline: .seconds(2), tls: tls)
        else {
            peer.failed(now: context.loop.now)
            return nil
        }
        peer.state = .opening(socket)
        peer.heard = context.loop.now
        bySocket[socket] = peer
        context.loop.setQueueBound(PeerLinks.queueBound, on: socket)
        let handshake = CallerHandshake(
            LinkHello(
                role: .node, service: context.service.text, sender: context.node.text, target: peer.key.node.text,
                targetLoop: UInt16(clamping: peer.key.loop), epoch: context.epoch),
            secrets: trust.secrets)
        peer.handshake = handshake
        context.loop.write(handshake.hello.frame(), to: socket)
        return socket
    }

    /// A peer's socket is gone.
    func lost(_ socket: SocketID, now: MonotonicTime) -> Peer? {
        guard let peer = bySocket.removeValue(forKey: socket) else { return nil }
        peer.failed(now: now)
        return peer
    }

    /// Now and then: links that went silent, and nodes that left the ring long ago.
    func sweep(_ context: NodeContext) {
        let now = context.loop.now
        for (socket, peer) in bySocket {
            let silence = now - peer.heard
            let isOpening = peer.state == .opening(socket)
            if silence > (isOpening ? LinkServer.helloPatience : LinkServer.silenceBound) {
                context.loop.abort(socket)
            } else if isOpening {
                continue
            } else if silence > LinkServer.pingAfter, now - peer.asked > LinkServer.pingAfter / 2 {
                peer.asked = now
                context.loop.write(LinkPing(stamp: UInt64(bitPattern: now.nanoseconds)).frame(), to: socket)
            }
        }
        for (key, peer) in known {
            guard let retiredAt = peer.retiredAt, now - retiredAt > Self.retirement else { continue }
            if let socket = peer.socket { context.loop.close(socket) }
            known[key] = nil
            if byHome[peer.home] === peer { byHome[peer.home] = nil }
        }
    }
}
