/// Flow control of a leg: each side may have at most about a window of bytes on their way to the other, so one slow
/// client fills its own window and never the link it shares.
///
/// A frame of a message costs its payload and its header (else empty messages would be free). A sender may send one while
/// its balance is above zero, and the balance may go below: by less than a chunk. A message larger than the window goes as
/// chunks (`LinkChunk`), the later ones as bytes come back for the earlier ones.
public enum Credit {
    /// Bytes per leg and direction.
    public static let window: UInt32 = 256 * 1024
    /// What was used up is given back in pieces of this size: a quarter window keeps the sender busy for few frames.
    public static let giveBackAt: UInt32 = window / 4

    /// What a frame with this payload costs.
    @inlinable
    public static func cost(payloadCount: Int) -> Int { payloadCount + LinkHeader.count }
}

/// What one side may still send on a leg.
public struct SendCredit: Sendable, Hashable {
    private var balance: Int64

    /// The credit that `attached` named, or the window.
    public init(_ initial: UInt32 = Credit.window) { balance = Int64(min(initial, Credit.window)) }

    /// Whether another frame may go. If not, stop reading where the messages come from.
    public var maySend: Bool { balance > 0 }

    /// A frame with this payload was sent. Ask `maySend` first.
    public mutating func sent(payloadCount: Int) { balance -= Int64(Credit.cost(payloadCount: payloadCount)) }

    /// The peer gave `bytes` back; true if sending may go on that had to stop. Never more than a window is held,
    /// whatever a peer claims.
    public mutating func received(_ bytes: UInt32) -> Bool {
        let couldSend = maySend
        balance = min(balance + Int64(bytes), Int64(Credit.window))
        return !couldSend && maySend
    }
}

/// What one side owes to the sender of a leg.
public struct ReceiveCredit: Sendable, Hashable {
    /// Bytes that arrived and were not given back.
    private var outstanding: Int64 = 0
    /// Of these, bytes that were used up.
    private var owed: Int64 = 0

    /// Of a new leg.
    public init() {}

    /// A frame with this payload arrived; throws if its sender had no credit left.
    public mutating func received(payloadCount: Int) throws(LinkError) {
        guard outstanding < Int64(Credit.window) else { throw .overspentCredit }
        outstanding += Int64(Credit.cost(payloadCount: payloadCount))
    }

    /// A frame with this payload was taken over. The answer is how many bytes to give back now, 0 for none.
    public mutating func usedUp(payloadCount: Int) -> UInt32 {
        owed = min(owed + Int64(Credit.cost(payloadCount: payloadCount)), outstanding)
        guard owed >= Int64(Credit.giveBackAt) else { return 0 }
        let bytes = UInt32(min(owed, Int64(UInt32.max)))
        outstanding -= Int64(bytes)
        owed -= Int64(bytes)
        return bytes
    }
}
