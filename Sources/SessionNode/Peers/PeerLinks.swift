import Reactor
import SessionLink

/// This loop's links to other nodes' loops: messages go out, their results come back.
final class PeerLinks: SocketHandler {
    /// Bytes that may wait for a slow node; beyond it messages to its users are refused as busy.
    static let queueBound = 8 << 20

    let context: NodeContext

    init(context: NodeContext) {
        self.context = context
    }

    /// Registers with the loop.
    func start() {
        context.peers.start(handler: context.loop.register(self), firstRoute: context.identity.loops)
    }

    func received(_ bytes: UnsafeMutableRawBufferPointer, from socket: SocketID, on loop: EventLoop) -> Int {
        guard let peer = context.peers.peer(socket) else { return bytes.count }
        peer.heard = loop.now
        var offset = 0
        do throws(LinkError) {
            while let frame = try LinkFrame.next(UnsafeRawBufferPointer(bytes), offset: &offset) {
                try receive(frame, peer, socket, loop)
            }
        } catch {
            context.logger.warning(
                "a link to a node is closed: its bytes make no sense",
                metadata: ["peer": "\(peer.key.node)", "problem": "\(error)"])
            loop.abort(socket)
            return bytes.count
        }
        return offset
    }

    private func receive(_ frame: LinkFrame, _ peer: Peer, _ socket: SocketID, _ loop: EventLoop) throws(LinkError) {
        switch (frame.kind, peer.state) {
        case (_, .opening): try greet(frame, peer, socket, loop)
        case (.forwardResult, .open): context.answered(try LinkForwardResult(frame))
        case (.reliableResult, .open), (.fetched, .open), (.kept, .open):
            let words = try peer.answers.take(frame, maxMessageBytes: context.maxMessageBytes)
            if let words { context.heardAnswer(words, by: peer.home) }
        case (.ping, _): loop.write(LinkPong(stamp: try LinkPing(frame).stamp).frame(), to: socket)
        case (.pong, _): break
        case (.ringHint, _):
            let epoch = try LinkRingHint(frame).epoch
            if epoch > context.epoch { context.refreshRing(epoch) }
        case (_, _): throw .unexpectedKind(expected: .forwardResult, got: frame.kind)
        }
    }

    /// Takes a frame of the handshake; once it is through, what waited goes out.
    private func greet(_ frame: LinkFrame, _ peer: Peer, _ socket: SocketID, _ loop: EventLoop) throws(LinkError) {
        guard var handshake = peer.handshake else { throw .unexpectedKind(expected: .ping, got: frame.kind) }
        let step = try handshake.take(frame)
        peer.handshake = handshake
        switch step {
        case .send(let proof): loop.write(proof.frame(), to: socket)
        case .open(let welcome):
            peer.state = .open(socket)
            peer.failures = 0
            peer.handshake = nil
            let held = peer.held
            peer.held = []
            if !held.isEmpty { loop.write(held, to: socket) }
            context.rerouteParked()
            if welcome.epoch > context.epoch { context.refreshRing(welcome.epoch) }
        case .refused(let refusal, let message): giveUp(peer, socket, "\(refusal): \(message)", loop)
        case .distrusted(let reason): giveUp(peer, socket, reason, loop)
        }
    }

    private func giveUp(_ peer: Peer, _ socket: SocketID, _ reason: String, _ loop: EventLoop) {
        context.logger.warning(
            "no link to a node", metadata: ["peer": "\(peer.key.node)", "reason": "\(reason)"])
        loop.abort(socket)
    }

    func closed(_ socket: SocketID, reason: CloseReason, on loop: EventLoop) {
        guard let peer = context.peers.peer(socket) else { return }
        // Before a link is open, what is for it waits here.
        let neverSent = peer.state == .opening(socket)
        _ = context.peers.lost(socket, now: loop.now)
        context.logger.info(
            "the link to a node is gone",
            metadata: ["peer": "\(peer.key.node)", "reason": "\(loop.words(for: reason))"])
        // What never left is refused; what did may have arrived.
        let status = neverSent ? DeliveryStatus.rejected(.unreachable) : .unknown
        for result in context.pending.lose(peer.route, as: status) { context.settle(result) }
        context.peerLost(peer.home)
    }
}
