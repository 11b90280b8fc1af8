import ClusterModel
import HashRing
import Reactor
import Rehoming
import SessionLink

// Machines talk to each other: by links between nodes, and by the rounds' batches between the loops of this one.
extension NodeContext {
    /// Says something to another home. What can't be said is lost with all that was said there and not answered.
    func say(_ words: PeerMessage, to home: Home, _ desk: NodeRehoming) {
        guard !desk.lost.contains(home) else { return }
        let isSaid: Bool
        if home.node == node, home.incarnation == identity.incarnation {
            isSaid = home.loop != loopIndex && say(words, toSibling: home.loop)
        } else {
            isSaid = peers.say(words, to: home, self)
        }
        if !isSaid { desk.lost.append(home) }
    }

    private func say(_ words: PeerMessage, toSibling index: Int) -> Bool {
        guard index < siblings.count, outboxes[index].count < Self.outboxBound else { return false }
        enqueue(words.frameCount, for: index) { _ = words.writeFrames(into: $0) }
        return true
    }

    /// The link to a home is gone.
    func peerLost(_ home: Home) {
        guard let rehoming else { return }
        // While actions wait to be done there may be some for it among them, older than its loss.
        guard !rehoming.isPerforming else {
            if !rehoming.lost.contains(home) { rehoming.lost.append(home) }
            return
        }
        tell { $0.peerLost(home, now: $1, &$2) }
    }

    /// A home's answer.
    func heardAnswer(_ words: PeerMessage, by home: Home) {
        tell { $0.answered(words, by: home, now: $1, &$2) }
    }

    /// Another node's question on a link that it opened.
    ///
    /// - Throws: what ends the link.
    func asked(_ frame: LinkFrame, _ link: ServedLink) throws(LinkError) {
        guard !link.isDropped else { return }
        let words = try PeerMessage(question: frame)
        guard words.namesUsers else { throw .invalidText(frame.kind) }
        let number = rehomingDesk().name(of: link)
        tell { $0.heard(words, on: number, from: nil, now: $1, &$2) }
    }

    /// Answers on a link that another node, or another loop, opened.
    func answer(_ words: PeerMessage, on link: NodeMachine.Link, _ desk: NodeRehoming) {
        if link < UInt64(siblings.count) {
            enqueue(words.frameCount, for: Int(link)) { _ = words.writeFrames(into: $0) }
        } else if let socket = desk.links[link] {
            writeFrames(words, leg: .link, to: socket)
        }
    }

    /// Hears nothing more on a link: what its sender has not been answered comes again on the next one.
    func drop(_ link: NodeMachine.Link, _ desk: NodeRehoming) {
        if link < UInt64(siblings.count) {
            let sibling = siblings[Int(link)]
            let number = desk.siblings.drop(Int(link))
            let me = home
            sibling.loop.post { loop in sibling.value(on: loop).dropped(by: me, number) }
        } else if let socket = desk.links.removeValue(forKey: link) {
            links[socket]?.isDropped = true
            loop.close(socket)
        }
    }

    /// Another loop does not hear what this one has said so far.
    private func dropped(by home: Home, _ number: UInt32) {
        // What waits goes out under the old number.
        handOverToSiblings()
        rehoming?.siblings.dropped(by: home.loop, number)
        peerLost(home)
    }

    /// A frame of another loop's machine.
    func heard(_ frame: LinkFrame, fromSibling origin: Int, _ number: UInt32) {
        let desk = rehomingDesk()
        if frame.kind.isQuestion {
            guard desk.siblings.hears(origin, number), let words = try? PeerMessage(question: frame) else { return }
            return tell { $0.heard(words, on: UInt64(origin), from: nil, now: $1, &$2) }
        }
        let words = try? desk.siblings.withReader(origin) { reader throws(LinkError) in
            try reader.take(frame, maxMessageBytes: maxMessageBytes)
        }
        guard let words = words ?? nil else { return }
        heardAnswer(words, by: Home(node: node, incarnation: identity.incarnation, loop: origin))
    }
}

extension LinkKind {
    /// Whether a loop's machine says it to another's.
    var isOfMachines: Bool {
        switch self {
        case .reliable, .reliableResult, .fetch, .fetched, .kept: true
        default: false
        }
    }

    fileprivate var isQuestion: Bool { self == .reliable || self == .fetch }
}

extension PeerMessage {
    /// Whether all users in it keep the rules for users.
    fileprivate var namesUsers: Bool {
        let users: [[UInt8]] =
            switch self {
            case .forward(let forward): [forward.from, forward.to]
            case .fetch(let request): [request.user]
            case .answer, .fetched: []
            }
        return users.allSatisfy { user in user.withUnsafeBytes { UserKey.validate($0) } == nil }
    }
}
