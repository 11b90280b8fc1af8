import SessionLink

extension NodeMachine {
    /// What the machine's driver is to do, in this order.
    public enum Action: Hashable, Sendable {
        /// Say this on that leg. A last word ends the leg.
        case say(Leg, ToGateway)
        /// Close that leg.
        case dropLeg(Leg)
        /// Say this to that node, on the link that this node opens to it; answered by `answered` or `peerLost`.
        case send(Home, PeerMessage)
        /// Answer on a link that another node opened.
        case answer(Link, PeerMessage)
        /// Close a link that another node opened.
        case dropLink(Link)
        /// Read the ring: somebody knows that epoch. Ends with a call of `ring`.
        case readRing(atLeast: UInt64)
        /// A new session.
        case open(SessionID, user: [UInt8])
        /// A session that was elsewhere; with what its application gave away there, if it could.
        case adopt(SessionID, user: [UInt8], state: [UInt8]?, isRecovered: Bool)
        /// A client's message; `n` is what `send` and `settled` want as `upstream`.
        case message(SessionID, n: UInt64, isAgain: Bool, isText: Bool, bytes: [UInt8])
        /// What became of a reliable message with that `MessageKey.n`.
        case result(SessionID, n: UInt64, SendOutcome)
        /// The session is over.
        case ended(SessionID, code: UInt16)
    }
}
