import ClusterModel
import RingwayClient

/// What one user's client does with its connection, as a value: what happened goes in, what to do comes out. `DemoCrowd` carries
/// it out, whatever the client speaks.
protocol DemoSpeaker {
    /// The subprotocols that are offered.
    static var subprotocols: [String] { get }
    /// What the next handshake's query says beside the user, with its `&`.
    var query: String { get }

    /// The user is there; asks for the first connection.
    mutating func begin(at now: Duration, _ actions: inout [DemoAction])
    /// The WebSocket is open, with this subprotocol.
    mutating func opened(_ subprotocol: String?, at now: Duration, _ actions: inout [DemoAction])
    /// A frame came.
    mutating func heard(_ frame: UnsafeRawBufferPointer, at now: Duration, _ actions: inout [DemoAction])
    /// The user sends a message. It is the client's from here on: if it is not connected, the message waits.
    mutating func send(
        _ number: Int, to user: String, data: String, at now: Duration, _ actions: inout [DemoAction])
    /// The connection ended, or could not be opened.
    ///
    /// - Parameters:
    ///   - lasted: how long it had been open, nil if it never was.
    ///   - random: a number of 0..<1.
    mutating func ended(
        _ ending: ClientEnding, lasted: Duration?, at now: Duration, random: Double, _ actions: inout [DemoAction])
    /// Time went by; at least every 100 ms.
    mutating func tick(at now: Duration, random: Double, _ actions: inout [DemoAction])
}

/// What a speaker asks for, or has to say to the user.
enum DemoAction: Hashable {
    /// Send a text frame.
    case write([UInt8])
    /// A node welcomed the user, on this connection.
    case welcomed(node: String)
    /// The session goes on at another node, on the same connection.
    case rehomed(node: String)
    /// A send's outcome; `accepted` may be followed by another one.
    case told(Int, HistoryEvent.Outcome)
    /// A message for the user, its data as it was sent.
    case got(data: String)
    /// Connect again after this time.
    case comeBack(after: Duration)
    /// End the connection, and say nothing more of it.
    case leave
    /// Coming back is of no use.
    case gone(why: String)
}

/// The classes a demo can test.
enum DemoDelivery: String, CaseIterable, Sendable {
    case fast, reliable

    /// A client that speaks this class.
    func speaker() -> any DemoSpeaker {
        switch self {
        case .fast: PlainSpeaker()
        case .reliable: ResumableSpeaker()
        }
    }
}
