import Rehoming

/// A message of the class `reliable`, on its way to one session of its recipient.
public struct ReliableMessage {
    /// The sending user.
    public let from: [UInt8]
    /// What was sent, byte for byte.
    public let payload: [UInt8]
    /// Which message it is, however often it is presented.
    public let key: MessageKey
    /// Where it stands in what the recipient's session is sent.
    public let position: Position
    /// How the recipient's client takes part: only a resumable one can make use of key and position.
    public let kind: ClientKind
}
