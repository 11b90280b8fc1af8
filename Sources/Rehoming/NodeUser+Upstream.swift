import ClusterModel
import SessionLink

extension NodeUser {
    /// A gateway's word on the leg of a session.
    mutating func hear(
        _ message: ToNode, _ session: Int, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        guard let leg = sessions[session].leg else { return }
        switch (sessions[session].phase, message) {
        case (.fetching, .detach), (.fetching, .close): break
        case (.fetching, _):
            if sessions[session].early.count < 2 * context.bounds.messages {
                sessions[session].early.append(message)
            } else {
                out.drop(leg)
                legLost(session, context, &out)
            }
            return
        default: break
        }
        switch message {
        case .attach: break
        case .message(let n, let isAgain, let isText, let bytes):
            take(n, isAgain: isAgain, isText: isText, bytes, session, on: leg, context, &out)
        case .stored(let position): stored(session, through: position, context, &out)
        case .received(let position): received(session, through: position, context, &out)
        case .duplicate(let position): duplicate(session, at: position, context, &out)
        case .declined(let position): declined(session, at: position, context, &out)
        case .detach(let epoch):
            detach(session, on: leg, by: epoch, context, &out)
            return
        case .close(let code):
            closed(session, on: leg, code: code, context, &out)
            return
        }
        if sessions[session].isBehind, !sessions[session].outbox.isFull(context.bounds) {
            presentWaiting(session, context, &out)
        }
    }

    private mutating func take(
        _ n: UInt64, isAgain: Bool, isText: Bool, _ bytes: [UInt8], _ session: Int, on leg: Leg,
        _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        // What comes after the detach is not taken: the gateway keeps it and replays it to the next owner.
        guard sessions[session].openLeg != nil else { return }
        let id = sessions[session].id
        switch sessions[session].upstream.take(n, limit: 2 * context.bounds.messages) {
        case .give(let ticket):
            out.actions.append(.message(id, n: ticket, isAgain: isAgain, isText: isText, bytes: bytes))
        case .inWork: break
        case .settled(let ticket):
            if RehomingRule.resultsAreRepeated.holds, let result = sessions[session].results.result(of: ticket) {
                out.actions.append(.result(id, n: result.n, result.outcome))
            }
            list(session, &out)
        case .tooMany:
            out.drop(leg)
            legLost(session, context, &out)
        }
    }

    private mutating func detach(
        _ session: Int, on leg: Leg, by epoch: UInt64, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        if case .leaving = sessions[session].phase { return }
        if case .fetching = sessions[session].phase {
            sessions[session].frozen = sessions[session].attach.state
            floor = max(floor, epoch)
            release(session, context, &out)
            return
        }
        beginLeaving(session, on: leg, by: epoch, context, &out)
    }

    /// The gateway ended a session. A client that can resume and whose connection merely broke is waited for.
    private mutating func closed(
        _ session: Int, on leg: Leg, code: UInt16, _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        out.errands.append(.legEnded(leg))
        let mayReturn = CloseCode(rawValue: code).mayReturn && code != 1001 && code != 1005
        if sessions[session].kind == .resumable, mayReturn {
            legLost(session, context, &out)
        } else {
            end(session, code: code, context, &out)
        }
    }

    /// The application has dealt with a message.
    mutating func settled(
        _ session: Int, tickets: [UInt64], _ context: NodeContext, _ out: inout NodeOutlet
    ) {
        for ticket in tickets { sessions[session].upstream.settle(ticket) }
        list(session, &out)
        releaseIfSettled(session, context, &out)
    }

    /// What became of a reliable message of a session.
    mutating func outcome(
        _ session: Int, n: UInt64, _ outcome: SendOutcome, tickets: [UInt64], _ context: NodeContext,
        _ out: inout NodeOutlet
    ) {
        let isMissed: Bool
        switch sessions[session].phase {
        case .attached, .leaving: isMissed = false
        case .fetching, .legless, .kept: isMissed = true
        }
        sessions[session].results.note(
            ResultMemory.Result(n: n, outcome: outcome), tickets: tickets, isMissed: isMissed,
            limit: context.bounds.messages)
        if !isMissed { out.actions.append(.result(sessions[session].id, n: n, outcome)) }
        settled(session, tickets: tickets, context, &out)
    }

    private mutating func list(_ session: Int, _ out: inout NodeOutlet) {
        guard sessions[session].upstream.hasNews, !sessions[session].isListed else { return }
        sessions[session].isListed = true
        out.errands.append(.hasNews(sessions[session].id))
    }

    /// Tells the gateway of a session what it may forget.
    mutating func sayTaken(_ session: Int, _ out: inout NodeOutlet) {
        sessions[session].isListed = false
        guard let leg = sessions[session].leg, let news = sessions[session].upstream.news() else { return }
        out.actions.append(.say(leg, .taken(through: news.through, also: news.also)))
    }
}
