/// What a node answers when a gateway offers it a session. Pure: (both epochs, whose user it is) → answer.
///
/// | the node's ring says | sender's epoch ≤ ours | sender's epoch higher |
/// |---|---|---|
/// | the user is mine | take | take: both rings agree |
/// | somebody else's | moved, with our epoch | read the ring, park, decide again |
/// | no ring yet | – | read the ring, park, decide again |
///
/// So MOVED always carries an epoch at least the sender's, or the node reads the ring first: no redirect goes round in circles.
enum AttachDecision: Equatable {
    case take
    case moved(epoch: UInt64)
    case park
    case refuse(status: UInt16, reason: String)

    /// - Parameters:
    ///   - held: the node's epoch, 0 for none.
    ///   - patienceOver: the attach was parked for as long as it may.
    static func decide(
        held: UInt64, offered: UInt64, isMine: Bool, isThisLoop: Bool, patienceOver: Bool
    ) -> AttachDecision {
        if held > 0, isMine, isThisLoop { return .take }
        if held > 0, !isMine, held >= offered { return .moved(epoch: held) }
        // What is left can be settled by a newer ring: none is held, the sender's is newer, or it counted other loops.
        if !patienceOver { return .park }
        if held == 0 { return .refuse(status: 503, reason: "this node has no ring yet") }
        if isMine { return .refuse(status: 503, reason: "the user belongs to another loop of this node") }
        return .refuse(status: 503, reason: "this node's ring is older than the gateway's")
    }
}
