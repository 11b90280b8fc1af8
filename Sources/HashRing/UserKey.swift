/// The bytes that identify a user: 1 to 256 bytes of valid UTF-8 without control characters (Ring v1 §2).
///
/// Two keys are the same user only if their *bytes* are the same. Swift's `String ==` treats canonically equivalent
/// spellings as equal, while the ring puts them on two nodes; so nothing may keep or compare users as `String`.
public struct UserKey: Hashable, Sendable, CustomStringConvertible {
    /// The longest key, in bytes.
    public static let maxBytes = 256

    /// The key as received.
    public let bytes: [UInt8]

    /// Takes bytes as they came out of the transport's own decoding.
    public init(bytes: some Collection<UInt8>) throws(UserKeyError) {
        let bytes = Array(bytes)
        if let error = Self.validate(bytes.span.bytes) { throw error }
        self.bytes = bytes
    }

    /// Takes the UTF-8 of a text.
    public init(_ text: String) throws(UserKeyError) {
        try self.init(bytes: Array(text.utf8))
    }

    /// Lends the bytes, for instance to be hashed or copied into a frame.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.span.bytes.withUnsafeBytes(body)
    }

    /// The key for a log line: escaped, and cut after 64 characters.
    public var description: String {
        var text = ""
        for (index, scalar) in String(decoding: bytes, as: UTF8.self).unicodeScalars.enumerated() {
            if index == 64 { return text + "…" }
            text += Self.isPlain(scalar) ? String(scalar) : scalar.escaped(asASCII: true)
        }
        return text
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate: false
        default: scalar != "\\" && scalar != "\""
        }
    }

    /// Two keys are equal if all their bytes are.
    public static func == (left: UserKey, right: UserKey) -> Bool {
        left.bytes == right.bytes
    }

    /// Hashes the bytes in one piece.
    public func hash(into hasher: inout Hasher) {
        bytes.span.bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

/// Why bytes are not a user.
public enum UserKeyError: Error, Equatable, Sendable {
    /// There are no bytes.
    case empty
    /// There are more than 256 bytes.
    case tooLong(bytes: Int)
    /// A byte below 0x20, or 0x7F.
    case controlByte(offset: Int)
    /// The bytes are not UTF-8 (overlong forms and surrogates included).
    case invalidUTF8(offset: Int)
}
