import SessionLink

extension NodeMachine {
    /// A new message of a client has come whole, the leg's `n`-th by the count that its attach began: the hot path, without a
    /// copy of the message and without actions.
    ///
    /// - Returns: the ticket that `settled` and `send` want as `upstream`; nil if the application is not to get the message,
    ///   since it had it before or the leg is no more. O(1).
    public mutating func began(on leg: Leg, n: UInt64) -> UInt64? {
        guard let place = legs[leg], let session = users[place.user]?.index(of: place.session) else { return nil }
        guard case .give(let ticket)? = users[place.user]?.take(n, session, limit: 2 * context.bounds.messages) else {
            return nil
        }
        return ticket
    }
}

extension NodeUser {
    /// Notes a message; nil if the session takes none.
    mutating func take(_ n: UInt64, _ session: Int, limit: Int) -> UpstreamReceiver.Intake? {
        guard sessions[session].openLeg != nil else { return nil }
        return sessions[session].upstream.take(n, limit: limit)
    }
}
