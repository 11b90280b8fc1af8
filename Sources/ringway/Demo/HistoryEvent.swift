/// One line of a demo's history: what a client did or saw, and when. Clients are numbers.
struct HistoryEvent: Hashable, Sendable {
    /// How a send ended, as its sender was told.
    enum Outcome: String, Hashable, Sendable, CaseIterable {
        /// Taken over: it will arrive, or has.
        case accepted, delivered
        /// It did not arrive and will not.
        case offline, rejected
        /// Nobody can say.
        case unknown

        /// Whether the sender may rely on the message.
        var isAcknowledged: Bool { self == .accepted || self == .delivered }
        /// Whether the sender may rely on its absence.
        var isFailure: Bool { self == .offline || self == .rejected }
    }

    enum Kind: Hashable, Sendable {
        /// A cluster under a plan begins; all later lines, up to the next one of these, are about it.
        case begins(plan: String, delivery: String, users: Int, seed: UInt64)
        /// A part of the schedule begins: an event's name, `quiet` or `repair`, or `end`, from when on nothing is sent.
        case phase(String)
        /// A message was handed to the sender's client.
        case sent(by: Int, number: Int, to: Int)
        /// The sender was told.
        case told(user: Int, number: Int, Outcome)
        /// A message arrived. `written` is the time of sending that it carries.
        case got(user: Int, from: Int, number: Int, written: Int64)
        /// A client is connected, and welcomed by a node.
        case opened(user: Int, node: String)
        /// Its connection ended.
        case closed(user: Int, code: Int, why: String)
        /// Sessions on another node than the ring names, after the event settled; nil if nobody knows.
        case misplaced(Int?)
        /// The program that carries the clients stood still so long: what they saw meanwhile, they saw late.
        case late(milliseconds: Int)
    }

    /// Microseconds since the demo began.
    let time: Int64
    let kind: Kind
}
