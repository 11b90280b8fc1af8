import ClusterModel
import Rehoming

/// A client's session that outlives its WebSocket: the machine behind `LiveSession`, and the twin of the browser's `ringway.js`.
///
/// ```
/// connecting ──welcome──▶ open ──lost──▶ resuming ──resumed──▶ open
///     └──────────────── a word that forbids it, or close ────────────▶ closed
/// ```
/// It does no I/O and asks no clock: time is a `Duration` since any moment, chance a number of 0..<1, and what is to be done is
/// appended to `actions`.
///
/// - What was sent and not finally answered is sent again after a resume, in order, under the same numbers, before anything
///   new; a fast message is unknown instead.
/// - What comes twice is dropped, by the highest number of each sender, and acknowledged all the same.
/// - A message is acknowledged once the application is done with it, all before it with it.
public struct ClientSession {
    struct Send {
        let frame: [UInt8]
        let isFast: Bool
        /// nil: it never was on a wire.
        var sentAt: Duration?
        var isAgain = false
        var isAccepted = false
        var deadline = Duration.zero
    }

    let bounds: ClientBounds
    /// Whether the driver has a fresh token for each connection; otherwise a token that ended is the end.
    let renewsToken: Bool
    /// The id that the server gave the session.
    public internal(set) var session: String?
    /// The node that holds it, as last heard.
    public internal(set) var node: String?
    var isOpen = false
    var isClosed = false
    var openedAt = Duration.zero
    var heardAt = Duration.zero
    var welcomeBy: Duration?
    var policy: ReturnPolicy
    var resume: String?
    var last: Position?
    /// Attempts to come back: the newest wins, also over one that a gateway still works on.
    var generation = 0

    var lastNumber: UInt64 = 0
    /// Without last result.
    var sends: [UInt64: Send] = [:]
    var keptBytes = 0
    /// When sends are given up, in order; a send that was answered, or has more time now, is passed over.
    var expiries: ArraySlice<(time: Duration, n: UInt64)> = []

    var memory: SenderMemory
    /// Behind one that the application has, or in front of it: positions are acknowledged in order.
    var inbox: ArraySlice<(position: Position?, message: ReceivedMessage?)> = []
    var isDelivering = false
    var handledPosition: Position?
    var unacknowledged = 0

    /// A session that was not begun.
    public init(bounds: ClientBounds = ClientBounds(), renewsToken: Bool = false) {
        self.bounds = bounds
        self.renewsToken = renewsToken
        policy = ReturnPolicy(base: bounds.base, cap: bounds.cap, proof: bounds.stable)
        memory = SenderMemory(limit: bounds.senders)
    }

    /// Asks for the first connection.
    public mutating func start(now: Duration, _ actions: inout [Action]) {
        connect(after: .zero, now: now, &actions)
    }

    /// Ends the session for good: what was sent and not answered is unknown, what was not sent is rejected.
    public mutating func close(_ actions: inout [Action]) {
        flush(&actions)
        end(.left, &actions)
    }

    /// When `tick` is to be called, if nothing else happens.
    public var deadline: Duration? {
        [welcomeBy, expiries.first?.time].compactMap { $0 }.min()
    }

    /// Gives up what took too long. Early calls are harmless.
    public mutating func tick(now: Duration, random: Double, _ actions: inout [Action]) {
        guard !isClosed else { return }
        if let welcomeBy, welcomeBy <= now {
            leave(&actions)
            return ended(.lost("no welcome in time"), now: now, random: random, &actions)
        }
        var gaveUp = false
        while let next = expiries.first, next.time <= now {
            expiries.removeFirst()
            guard let send = sends[next.n], send.deadline <= now else { continue }
            settle(next.n, SendResult(.unknown, "no answer in time"), &actions)
            gaveUp = true
        }
        // Not a word all that time: the connection is dead, and nobody told the system.
        if gaveUp, isOpen, now - heardAt >= bounds.answer {
            leave(&actions)
            ended(.lost("silence"), now: now, random: random, &actions)
        }
    }

    private mutating func connectQuery() -> String {
        guard let resume else { return "" }
        generation += 1
        return "resume=\(Self.encoded(resume))&generation=\(generation)" + (last.map { "&position=\($0)" } ?? "")
    }

    mutating func connect(after wait: Duration, now: Duration, _ actions: inout [Action]) {
        welcomeBy = now + wait + bounds.welcome
        actions.append(.connect(query: connectQuery(), after: wait))
    }

    /// A token is the server's text: any of it may need escaping in a query.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(Unicode.Scalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
