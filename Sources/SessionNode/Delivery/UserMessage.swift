import ClusterModel
import SessionLink

/// A message on its way from user to user: views of somebody else's buffer, and where on the ring the recipient lies.
struct UserMessage {
    /// The largest payload. A forward takes it with both users in one frame; the bound holds for recipients on the sender's
    /// own node too, since whether a message is taken must not depend on where the recipient happens to be.
    static let maxPayloadBytes = 1 << 20

    let from: UnsafeRawBufferPointer
    let to: UnsafeRawBufferPointer
    /// The ring's hash of `to`.
    let hash: UInt64
    let payload: UnsafeRawBufferPointer
    /// Whether it was sent to this node as one that may still hold the user: it answers for itself and asks nobody else,
    /// so a message never goes round in circles.
    var isLastHop = false
    /// The epoch by which another node sent it here; 0 if none did.
    var epoch: UInt64 = 0
}

/// The byte of a forward that says what the sender was promised, and in its highest bit whether this is the last hop.
enum ForwardClass {
    static let fast: UInt8 = 0
    static let lastHop: UInt8 = 0x80

    static func byte(isLastHop: Bool) -> UInt8 { isLastHop ? fast | lastHop : fast }

    /// `nil` for a class that this node cannot keep the promise of.
    static func isLastHop(_ byte: UInt8) -> Bool? {
        switch byte & ~lastHop {
        case fast: byte & lastHop != 0
        default: nil
        }
    }
}
