import SessionLink

/// What the parts of a node's machine need to know of it.
struct NodeContext {
    /// This run of this node.
    let me: Home
    let bounds: RehomingBounds
    let render: NodeMachine.Render
    let freeze: NodeMachine.Freeze
    /// The epoch in force.
    var epoch: UInt64 = 0
    var now = Duration.zero
    var graces = GracePeriods()
    /// As of when the ring in force is known to be the newest.
    var confirmed: Duration?
}

/// What the parts of a node's machine want done, outside and inside.
struct NodeOutlet {
    /// What is between the parts: done by the machine before it returns, in this order.
    enum Errand {
        /// A message of a local session for a user of this node.
        case forward(Forwarded)
        /// What became of one.
        case answer(correlation: UInt64, ForwardAnswer, epoch: UInt64)
        /// What became of a session's message.
        case outcome(MessageKey, SendOutcome, tickets: [UInt64])
        /// Nothing is heard on that leg any more.
        case legEnded(NodeMachine.Leg)
        /// The session belongs to another node now: what it sent is sent again from there.
        case left(SessionID)
        /// Nothing is known of that session any more.
        case forgot(SessionID)
        /// That user seems to be offline: the ring is to be read once more.
        case doubted(user: [UInt8])
        /// The session has something to tell its gateway at the end of the round.
        case hasNews(SessionID)
    }

    var actions: [NodeMachine.Action] = []
    var errands: [Errand] = []

    mutating func answer(_ origin: Origin, _ answer: ForwardAnswer, epoch: UInt64) {
        if origin.link == NodeMachine.local {
            errands.append(.answer(correlation: origin.correlation, answer, epoch: epoch))
        } else {
            actions.append(
                .answer(origin.link, .answer(correlation: origin.correlation, answer, epoch: epoch)))
        }
    }

    mutating func lastWord(_ word: ToGateway, on leg: NodeMachine.Leg) {
        actions.append(.say(leg, word))
        errands.append(.legEnded(leg))
    }

    mutating func drop(_ leg: NodeMachine.Leg) {
        actions.append(.dropLeg(leg))
        errands.append(.legEnded(leg))
    }
}

/// A path by which a message was presented: who is to be told what becomes of it.
struct Origin: Hashable {
    let link: NodeMachine.Link
    let correlation: UInt64
}
