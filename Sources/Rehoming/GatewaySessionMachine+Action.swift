import ClusterModel

extension GatewaySessionMachine {
    /// Numbers the legs that this machine opened; news of an older one is ignored.
    public typealias Attempt = UInt32

    /// What is to be done with a message that the client sent.
    public enum Intake: Hashable, Sendable {
        /// It was kept; pass it on by the present leg, now.
        case send(n: UInt64)
        /// It was kept and goes with the replay to the next owner.
        case kept(n: UInt64)
        /// There is no room: it was not taken. Do not read the client until `readAgain`, then present it again.
        case full
    }

    /// What the driver is to do, in this order.
    public enum Action: Hashable, Sendable {
        /// Open a leg to that node and say this first. If it can't be opened, that is `legLost`.
        case attach(Attempt, Home, SessionAttach)
        /// Say this on the leg. After `close` the leg is over.
        case say(Attempt, ToNode)
        /// The leg is over: forget it; tell the node, unless it said its last word.
        case dropLeg(Attempt)
        /// The node took the session for the first time: the client is in.
        case attached
        /// The node did not take a session that was never in. The machine is over.
        case refuse(status: UInt16, reason: String)
        /// Pass the message's frame to the client.
        case deliver(KeptMessage)
        /// Tell the resumable client where its state is; it acknowledges that position.
        case home(Home, at: Position, generation: UInt32)
        /// Somebody knows this epoch: read the ring.
        case readRing(atLeast: UInt64)
        /// A leg to that node was lost, or it does not answer.
        case suspect(Home)
        /// The client may be read again.
        case readAgain
        /// Ask the pace for a slot; answered by `move`. Urgent if `isStalled`. Said again when it became urgent.
        case wantMove
        /// The slot is given back, or not wanted any more.
        case moveDone
        /// Close the client. The machine is over.
        case close(CloseCode, reason: String)
    }
}
