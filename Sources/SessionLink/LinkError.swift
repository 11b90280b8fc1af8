/// Why bytes of a link can't be read. The link is closed: after a wrong length nothing on it can be trusted.
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
}
