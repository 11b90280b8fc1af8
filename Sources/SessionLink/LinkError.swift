/// Why bytes of a link can't be read. The link is closed, since after a wrong length nothing on it can be
/// trusted; unless the error is of a leg (`isOfLeg`).
public enum LinkError: Error, Sendable, Hashable {
    /// No kind has this number.
    case unknownKind(UInt8)
    /// More payload than the kind may have.
    case payloadTooBig(kind: LinkKind, announced: Int)
    /// Another kind than the caller reads.
    case unexpectedKind(expected: LinkKind, got: LinkKind)
    /// The payload ends inside a field.
    case truncated(LinkKind)
    /// The payload goes on behind its last field.
    case trailingBytes(LinkKind)
    /// A text field is not UTF-8.
    case invalidText(LinkKind)
    /// A hello of another version of the link protocol.
    case unknownVersion(UInt16)
    /// A field has a value that is not known.
    case unknownValue(LinkKind)
    /// The peer sent more than it was given credit for.
    case overspentCredit
    /// A frame that may not come now on its leg: a chunk of another message, or a message inside what an adopt brings.
    case outOfOrder(LinkKind)
    /// A message is larger than its reader takes.
    case messageTooBig(LinkKind)
    /// More kept messages, or more bytes of them, than may cross a link for one session.
    case backlogTooBig(LinkKind)

    /// Whether the frames behind it can still be read, so that only its leg has to end.
    public var isOfLeg: Bool {
        switch self {
        case .outOfOrder, .messageTooBig, .backlogTooBig: true
        default: false
        }
    }
}
