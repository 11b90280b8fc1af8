import ClusterModel
import HashRing
import Reactor
import SessionLink

// What gateways' links bring: sessions, their messages, their credit and their ends.

extension NodeContext {
    /// A gateway offers a session.
    func attach(_ attach: LinkAttach, _ leg: LegID, _ link: ServedLink) {
        guard link.legs[leg] == nil, !parked.contains(link: link.socket, leg: leg), leg != .link else {
            logger.warning("a gateway used a leg twice", metadata: ["gateway": "\(link.sender)", "leg": "\(leg)"])
            return loop.close(link.socket)
        }
        if let error = UserKey.validate(attach.user) {
            return refuse(leg, link.socket, 400, "\(error)")
        }
        let entry = ParkedAttaches.Entry(
            link: link.socket, leg: leg, session: attach.session, epoch: attach.epoch, user: Array(attach.user),
            deadline: loop.now + ParkedAttaches.patience)
        decide(entry)
    }

    /// Decides again about everything that is parked: the ring changed, or time has passed.
    func decideParked() {
        for entry in parked.takeAll() { decide(entry) }
    }

    private func decide(_ entry: ParkedAttaches.Entry) {
        guard !isDraining else { return refuse(entry.leg, entry.link, 503, "this node is going away") }
        let hash = entry.user.withUnsafeBytes { ring.hash(of: $0) }
        let decision = AttachDecision.decide(
            held: epoch, offered: entry.epoch, isMine: ring.isMine(hash),
            isThisLoop: identity.loop(ofHash: hash) == loopIndex, patienceOver: loop.now >= entry.deadline)
        switch decision {
        case .take: take(entry, hash: hash)
        case .moved(let epoch):
            counters.moved += 1
            writeControl(LinkMoved(epoch: epoch), leg: entry.leg, to: entry.link)
        case .park:
            refreshRing(entry.epoch)
            if !parked.park(entry) { refuse(entry.leg, entry.link, 503, "too many sessions wait for a newer ring") }
        case .refuse(let status, let reason): refuse(entry.leg, entry.link, status, reason)
        }
    }

    private func take(_ entry: ParkedAttaches.Entry, hash: UInt64) {
        let former = entry.user.withUnsafeBytes { sessions.session(of: $0, hash: hash, id: entry.session) }
        // The gateway lost the link that this session came by before, and is back sooner than we noticed.
        if let former { close(former, .superseded) }
        guard mayOpen(entry.user, hash: hash) else {
            return refuse(entry.leg, entry.link, 503, Self.tooManySessions)
        }
        let ref = entry.user.withUnsafeBytes {
            sessions.open(
                entry.session, user: $0, hash: hash, carrier: .leg(link: entry.link, leg: entry.leg),
                epoch: max(epoch, entry.epoch))
        }
        guard let link = links[entry.link], link.legs.open(entry.leg, ref) else {
            sessions.remove(ref, id: entry.session)
            return refuse(entry.leg, entry.link, 503, "the link carries too many sessions")
        }
        writeControl(LinkAttached(), leg: entry.leg, to: entry.link)
        application.onOpen(ref, in: self)
    }

    private func refuse(_ leg: LegID, _ link: SocketID, _ status: UInt16, _ reason: String) {
        writeControl(LinkRefused(status: status, reason: reason), leg: leg, to: link)
    }

    /// The gateway passed messages on to the client and takes more.
    func legCredit(_ frame: LinkFrame, _ link: ServedLink) throws(LinkError) {
        let bytes = try LinkCredit(frame).bytes
        guard let ref = link.legs[frame.leg] else { return }
        _ = sessions.update(ref) { $0.sendCredit.received(bytes) }
        flushBacklog(ref)
    }

    /// The client is gone.
    func legClosed(_ frame: LinkFrame, _ link: ServedLink) throws(LinkError) {
        let close = try LinkClose(frame)
        if let ref = link.legs.close(frame.leg) {
            end(ref, code: CloseCode(rawValue: close.code))
        } else {
            _ = parked.remove(link: link.socket, leg: frame.leg)
        }
    }

    /// The link's queue is nearly empty again.
    func linkDrained(_ socket: SocketID) {
        loop.setQueueBound(LinkServer.queueBound, on: socket)
        for ref in backlogs.sessions {
            if case .leg(socket, _)? = sessions.session(ref)?.carrier { flushBacklog(ref) }
        }
    }

    /// The link is gone, and with it the sessions that came by it.
    func linkLost(_ socket: SocketID) {
        guard let link = links.removeValue(forKey: socket) else { return }
        parked.remove(link: socket)
        legsLost(link)
        lookAtGrace()
        var ended: [SessionRef] = []
        link.legs.forEach { _, ref in ended.append(ref) }
        for ref in ended { end(ref, code: .abnormal) }
        if !ended.isEmpty {
            logger.info(
                "a gateway's link is gone", metadata: ["gateway": "\(link.sender)", "sessions": "\(ended.count)"])
        }
    }

    /// Once a second: what is overdue.
    func sweep() {
        decideParked()
        rerouteParked()
        giveUpParked()
        while let result = pending.expire(now: loop.now) { settle(result) }
        peers.sweep(self)
    }
}
