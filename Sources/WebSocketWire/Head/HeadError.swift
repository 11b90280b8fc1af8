/// Why a head can't be read. Requests answer it with `refusal`, a client gives up.
public enum HeadError: Error, Sendable, Hashable, CaseIterable {
    /// The whole head passes `HeadLimits.maxHeadBytes`.
    case headTooLarge
    /// One field line passes `HeadLimits.maxFieldBytes`.
    case fieldTooLarge
    /// More field lines than `HeadLimits.maxFields`.
    case tooManyFields
    /// NUL, DEL or another control byte.
    case controlByte
    /// A line feed without its carriage return: the classic way to hide a request in another.
    case bareLineFeed
    /// A carriage return without its line feed.
    case bareCarriageReturn
    /// A line that starts with white space (obs-fold, RFC 9112 §5.2).
    case foldedField
    /// No colon, an empty name, or a name that is not a token (a space before the colon, for one).
    case malformedField
    /// Not `method SP target SP HTTP/d.d`, or not `HTTP/d.d SP status SP reason`.
    case malformedStartLine
    /// A well-formed version, but not HTTP/1.1.
    case unsupportedVersion

    /// The sentence for a person.
    public var message: String {
        switch self {
        case .headTooLarge: "the request head is too large"
        case .fieldTooLarge: "a header field is too large"
        case .tooManyFields: "there are too many header fields"
        case .controlByte: "the head contains a control byte"
        case .bareLineFeed: "a line ends in LF without CR"
        case .bareCarriageReturn: "there is a CR without LF"
        case .foldedField: "a header field is folded over lines"
        case .malformedField: "a header field is not name: value"
        case .malformedStartLine: "the first line is malformed"
        case .unsupportedVersion: "only HTTP/1.1 is spoken here"
        }
    }

    /// What a server answers.
    public var refusal: HTTPRefusal {
        switch self {
        case .headTooLarge, .fieldTooLarge, .tooManyFields:
            HTTPRefusal(status: 431, code: "head_too_large", message: message)
        case .unsupportedVersion:
            HTTPRefusal(status: 505, code: "http_version_not_supported", message: message)
        case .controlByte, .bareLineFeed, .bareCarriageReturn, .foldedField, .malformedField, .malformedStartLine:
            HTTPRefusal.badRequest(message)
        }
    }
}
