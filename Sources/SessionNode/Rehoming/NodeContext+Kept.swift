import Reactor
import Rehoming
import SessionLink

extension NodeContext {
    /// A message that its gateway keeps, or the marker behind them: in order with all other messages of the leg, and with
    /// credit like them. What does not fit ends the session, as it does for others.
    func sayInTurn(_ words: ToGateway, _ place: NodeRehoming.Place, _ desk: NodeRehoming) {
        guard let ref = desk.refs[place.session],
            let session = sessions.session(ref), session.carrier == .leg(link: place.link, leg: place.leg)
        else { return }
        let count = words.frameCount
        let mayGo = !session.hasBacklog && (session.sendCredit.maySend || words.isFree)
        if mayGo, count <= LinkFrame.count(payloadCount: LinkChunk.size),
            let room = loop.reserve(count, on: place.link)
        {
            words.writeFrames(leg: place.leg, into: room)
            loop.commit(count, on: place.link)
            if !words.isFree {
                _ = sessions.update(ref) { $0.sendCredit.sent(payloadCount: count - LinkHeader.count) }
            }
        } else if backlogs.append(count, to: ref, { _ = words.writeFrames(leg: place.leg, into: $0) }) {
            _ = sessions.update(ref) { $0.hasBacklog = true }
            if mayGo { flushBacklog(ref) }
        } else {
            close(ref, .slowConsumer)
        }
    }
}

extension ToGateway {
    /// Whether it costs no credit.
    fileprivate var isFree: Bool {
        if case .home = self { true } else { false }
    }
}
