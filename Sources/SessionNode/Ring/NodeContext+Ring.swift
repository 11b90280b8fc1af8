import ClusterModel
import Reactor

// What a new ring and the way out mean for this loop's sessions.

extension NodeContext {
    /// A newer ring is in force.
    func adopt(_ snapshot: RingSnapshot) {
        guard snapshot.epoch.value > epoch else { return }
        ring.adopt(snapshot, now: loop.now)
        lastMove = pending.asked
        follower.adopt(snapshot)
        let retired = peers.follow(snapshot, me: node, context: self)
        if snapshot.plan == .rehome {
            // Nobody waits for a node that others have taken over from: it may stand still for long.
            for route in retired { for result in pending.lose(route) { settle(result) } }
        }
        tellRing(snapshot)
        followDelivery(snapshot.delivery)
        decideParked()
        rerouteParked()
        guard !isDraining else { return }
        closeByVerdict(over: snapshot.closeOver)
    }

    /// Sessions whose owner is another node by the ring in force. O(sessions).
    var misplacedSessions: Int {
        var count = 0
        sessions.forEach { _, session in
            if !ring.isMine(session.hash) { count += 1 }
        }
        return count
    }

    /// Closes what the ring does not leave here; a close that was under way is planned anew.
    private func closeByVerdict(over time: Duration) {
        var entries: [PacedClose.Entry] = []
        sessions.forEach { ref, session in
            // Its gateway moves it, and its machine sees to it.
            guard rehoming?.refs[session.id] != ref else { return }
            let code = follower.verdict(me: node, hash: session.hash, openedUnder: session.openedUnder)
            if let code { entries.append(.init(session: ref, code: code)) }
        }
        closePaced(entries, over: time)
    }

    /// The process goes away: from now on every session is closed with 4002, spread over `time`, whatever rings come; but for
    /// those that their gateways take to another node, which they do since the ring says so, or when the process is gone.
    func drain(over time: Duration) {
        isDraining = true
        var entries: [PacedClose.Entry] = []
        sessions.forEach { ref, session in
            if rehoming?.refs[session.id] != ref { entries.append(.init(session: ref, code: .draining)) }
        }
        closePaced(entries, over: time)
    }

    private func closePaced(_ entries: [PacedClose.Entry], over time: Duration) {
        closeRun += 1
        closing = nil
        guard !entries.isEmpty else { return }
        logger.info("sessions are to be closed", metadata: ["count": "\(entries.count)", "epoch": "\(epoch)"])
        var random = SystemRandomNumberGenerator()
        closing = PacedClose(entries, over: time, now: loop.now, random: &random)
        closeNext(run: closeRun)
    }

    private func closeNext(run: Int) {
        guard run == closeRun, var closing else { return }
        for entry in closing.next(now: loop.now) {
            let retry = UInt64.random(in: PacedClose.retryMilliseconds)
            let advice = CloseAdvice(retryMilliseconds: retry, epoch: ring.snapshot?.epoch)
            close(entry.session, entry.code, reason: advice.reason)
        }
        self.closing = closing
        guard let pause = closing.pause(now: loop.now) else {
            self.closing = nil
            return
        }
        loop.after(max(pause, .milliseconds(5))) { [weak self] _ in self?.closeNext(run: run) }
    }
}
