import SessionLink

extension NodeMachine {
    /// What is to be done with a client's message whose bytes the driver still holds where they arrived.
    public enum Begun: Equatable, Sendable {
        /// The application gets it; `n` is what `send` and `settled` want as `upstream`.
        case give(SessionID, n: UInt64)
        /// It is not for the application: it had it, or its session is leaving. Its number is remembered as needed.
        case skip
        /// The session is not ready for it, or what it asked is to be answered again: say it by `heard`.
        case say(n: UInt64)
    }

    /// The same as `heard(.message)` for a message that says no number, without an array for its bytes and without actions:
    /// the way of nearly all of them. Complexity: two look-ups.
    public mutating func began(on leg: Leg) -> Begun {
        guard let place = legs[leg], let session = users[place.user]?.index(of: place.session) else { return .skip }
        let limit = 2 * context.bounds.messages
        return users[place.user]?.begin(session, limit: limit) ?? .skip
    }
}

extension NodeUser {
    mutating func begin(_ session: Int, limit: Int) -> NodeMachine.Begun {
        let n = max(sessions[session].upstream.nextOnLeg, sessions[session].attach.nextNumber)
        switch sessions[session].phase {
        case .attached: break
        case .fetching: return .say(n: n)
        case .leaving, .legless, .kept: return .skip
        }
        guard sessions[session].upstream.isNew(n, limit: limit) else { return .say(n: n) }
        guard case .give(let ticket) = sessions[session].upstream.take(n, limit: limit) else { return .skip }
        return .give(sessions[session].id, n: ticket)
    }
}
