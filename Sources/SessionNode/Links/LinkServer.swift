import ClusterModel
import Reactor
import SessionLink

/// Takes the links of gateways, of other nodes and of the registry, on one loop.
///
/// ```
/// hello ─▶ of another loop ─▶ the socket moves there, unread, and the hello is read again
///   └──▶ challenge ─▶ proof ─▶ answer ─▶ frames by the sender's role ⇄ ─▶ lost: its legs' sessions end
///   └────────┴─────────┴────▶ refused (version, unauthorized, service, node, loop) ─▶ closed
/// ```
final class LinkServer: SocketHandler {
    /// Time for the hello and the proof.
    static let helloPatience = Duration.seconds(5)
    /// A link that was silent for this long is asked whether it lives …
    static let pingAfter = Duration.seconds(10)
    /// … and given up after this long.
    static let silenceBound = Duration.seconds(25)
    /// Bytes that may wait on a link shared by thousands of legs; beyond it each leg's messages wait in its own backlog.
    static let queueBound = 32 << 20
    /// The bound for small frames that must not be lost.
    static let controlQueueBound = 40 << 20
    private static let sweepEvery = Duration.milliseconds(250)
    private static let sweepKey = UInt64.max

    let context: NodeContext
    private var handler: HandlerID?

    init(context: NodeContext) {
        self.context = context
    }

    /// Registers with the loop and starts the regular look at silent links and overdue answers.
    func start() {
        let id = context.loop.register(self)
        handler = id
        context.linkHandler = id
        context.loop.schedule(after: Self.sweepEvery, handler: id, key: Self.sweepKey)
    }

    /// Listens for links. One loop is enough: links are few and move to the loop their hello names.
    ///
    /// - Parameter tls: what links speak TLS with; nil: they are plain.
    func listen(on address: SocketAddress, tls: TLSServer? = nil) throws(ReactorError) -> SocketAddress {
        guard let handler else { preconditionFailure("a link server is started before it listens") }
        return try context.loop.listen(on: address, handler: handler, reusePort: false, tls: tls)
    }

    /// Takes no more links.
    func stopListening() {
        if let handler { context.loop.stopListening(handler) }
    }

    func accepted(_ socket: SocketID, from peer: SocketAddress, on loop: EventLoop) {
        // Without a secret the port listens on loopback alone; this is for whoever gets that wrong.
        guard context.identity.trust.permits(isLoopback: peer.isLoopback) else { return loop.abort(socket) }
        Self.begin(socket, context, loop)
    }

    private static func begin(_ socket: SocketID, _ context: NodeContext, _ loop: EventLoop) {
        guard let handler = context.linkHandler else { return loop.abort(socket) }
        let me = context.identity
        let handshake = NodeHandshake(secrets: me.trust.secrets, loop: context.loopIndex, loops: me.loops)
        context.links[socket] = ServedLink(socket, handshake, now: loop.now)
        loop.setQueueBound(queueBound, on: socket)
        loop.schedule(after: helloPatience, handler: handler, key: socket.key)
        if let oldest = context.unproven.add(socket) { loop.abort(oldest) }
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        guard let link = context.links[socket] else { return bytes.count }
        if context.hasSleptTooLong {
            loop.abort(socket)
            return bytes.count
        }
        link.heard = loop.now
        var offset = 0
        let bytes = UnsafeRawBufferPointer(bytes)
        do throws(LinkError) {
            while link.role == nil {
                guard let frame = try awaited(link, bytes, &offset) else { return offset }
                guard try greet(frame, link, loop) else { return bytes.count }
            }
            while let frame = try LinkFrame.next(bytes, offset: &offset) { try receive(frame, link) }
        } catch {
            context.logger.warning(
                "a link is closed: its bytes make no sense",
                metadata: ["sender": "\(link.sender)", "problem": "\(error)"])
            loop.close(socket)
            return bytes.count
        }
        return offset
    }

    /// The next frame of a link that is not proven, which must be the one that is due: whoever has proven nothing cannot
    /// announce a megabyte of something else.
    private func awaited(
        _ link: ServedLink, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) throws(LinkError) -> LinkFrame? {
        guard let header = try LinkHeader.read(bytes, at: offset) else { return nil }
        let kind = link.handshake.awaited
        guard header.kind == kind else { throw .unexpectedKind(expected: kind, got: header.kind) }
        return try LinkFrame.next(bytes, offset: &offset)
    }

    /// Takes a frame of the handshake; false if the link is not (or no longer) this loop's.
    private func greet(_ frame: LinkFrame, _ link: ServedLink, _ loop: EventLoop) throws(LinkError) -> Bool {
        switch try link.handshake.take(frame) {
        case .elsewhere(let index):
            move(link, to: index, loop)
            return false
        case .challenge(let challenge):
            context.writeControl(challenge, to: link.socket)
            return true
        case .refuse(let refusal, let message): return refuse(refusal, message, link, loop)
        case .proven(let hello): return take(hello, link, loop)
        }
    }

    private func refuse(
        _ refusal: LinkHelloAnswer.Refusal, _ message: String, _ link: ServedLink, _ loop: EventLoop
    ) -> Bool {
        context.logger.info(
            "a link is refused", metadata: ["refusal": "\(refusal)", "reason": "\(message)"])
        context.writeControl(LinkHelloAnswer.refused(refusal, message: message), to: link.socket)
        loop.close(link.socket)
        return false
    }

    /// Checks whom a proven hello is for, and answers it.
    private func take(_ hello: LinkHello, _ link: ServedLink, _ loop: EventLoop) -> Bool {
        let me = context.identity
        guard hello.service == me.service.text else {
            return refuse(.service, "this node serves \(me.service)", link, loop)
        }
        guard hello.target == me.node.text else { return refuse(.node, "this is \(me.node)", link, loop) }
        guard Int(hello.targetLoop) < me.loops else {
            return refuse(.loop, "this node has \(me.loops) loops", link, loop)
        }
        link.role = hello.role
        link.sender = hello.sender
        context.unproven.remove(link.socket)
        let welcome = LinkWelcome(
            node: me.node.text, incarnation: me.incarnation.value, loops: UInt16(clamping: me.loops),
            epoch: context.epoch, proof: hello.role == .registry ? me.registrationProof(for: hello) : nil)
        context.writeControl(LinkHelloAnswer.accepted(welcome), to: link.socket)
        if hello.epoch > context.epoch { context.refreshRing(hello.epoch) }
        return true
    }

    /// Gives the socket to the loop that the hello names. Its bytes go along unread, so that the hello is read again over
    /// there, and challenged there: a handshake lives on one loop from its beginning to its end.
    private func move(_ link: ServedLink, to index: Int, _ loop: EventLoop) {
        guard index < context.siblings.count, let detached = loop.detach(link.socket) else {
            return loop.close(link.socket)
        }
        context.links[link.socket] = nil
        context.unproven.remove(link.socket)
        let sibling = context.siblings[index]
        sibling.loop.post { loop in
            let other = sibling.value(on: loop)
            guard let handler = other.linkHandler, let socket = loop.adopt(detached, handler: handler) else { return }
            Self.begin(socket, other, loop)
        }
    }

    private func receive(_ frame: LinkFrame, _ link: ServedLink) throws(LinkError) {
        switch (frame.kind, link.role) {
        case (.text, .gateway?): try context.legMessage(frame, .text, link)
        case (.binary, .gateway?): try context.legMessage(frame, .binary, link)
        case (.credit, .gateway?): try context.legCredit(frame, link)
        case (.attach, .gateway?): context.attach(try LinkAttach(frame), frame.leg, link)
        case (.close, .gateway?) where link.adopted[frame.leg] == nil: try context.legClosed(frame, link)
        case (.adopt, .gateway?), (.kept, .gateway?), (.again, .gateway?), (.stored, .gateway?),
            (.duplicate, .gateway?), (.declined, .gateway?), (.received, .gateway?), (.detach, .gateway?),
            (.close, .gateway?):
            try context.heardRehomed(frame, link)
        case (.attachDone, .gateway?):
            link.attachDone = try LinkAttachDone(frame).epoch
            context.lookAtGrace()
        case (.reliable, .node?), (.fetch, .node?): try context.asked(frame, link)
        case (.forward, .node?): context.forwarded(try LinkForward(frame), from: .link(link.socket))
        case (.ping, _): context.writeControl(LinkPong(stamp: try LinkPing(frame).stamp), to: link.socket)
        case (.pong, _): break
        case (.ringHint, _):
            let epoch = try LinkRingHint(frame).epoch
            if epoch > context.epoch { context.refreshRing(epoch) }
        case (_, _): throw .unexpectedKind(expected: .ping, got: frame.kind)
        }
    }

    func drained(_ socket: SocketID, on loop: EventLoop) {
        context.linkDrained(socket)
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        if case .tls = reason, context.links[socket]?.role == nil {
            context.logger.warning("a link was refused", metadata: ["reason": "\(loop.words(for: reason))"])
        }
        context.unproven.remove(socket)
        context.linkLost(socket)
    }

    func roundEnded(on loop: EventLoop) {
        context.sayTaken()
        context.handOverToSiblings()
    }

    func timer(_ key: UInt64, on loop: EventLoop) {
        if key == Self.sweepKey {
            sweep(loop)
            if let handler { loop.schedule(after: Self.sweepEvery, handler: handler, key: key) }
            return
        }
        let socket = SocketID(key: key)
        if let link = context.links[socket], link.role == nil { loop.abort(socket) }
    }

    private func sweep(_ loop: EventLoop) {
        if context.hasSleptTooLong {
            context.logger.warning("this process stood still for so long that others act for it: its links begin anew")
            for socket in Array(context.links.keys) { loop.abort(socket) }
        }
        context.sweptAt = loop.now
        for (socket, link) in context.links where link.role != nil {
            let silence = loop.now - link.heard
            // The registry says hello, hears who we are, and goes: it has nothing more to say.
            if silence > Self.silenceBound || link.role == .registry && silence > Self.helloPatience {
                loop.abort(socket)
            } else if silence > Self.pingAfter, loop.now - link.asked > Self.pingAfter / 2 {
                link.asked = loop.now
                context.writeControl(LinkPing(stamp: UInt64(bitPattern: loop.now.nanoseconds)), to: socket)
            }
        }
        context.sweep()
        context.tellHeld()
    }
}
