/// Where a JSON value lies in the bytes that were scanned, and what it is.
///
/// The range covers the value as it was written, quotes included, so that it can be carried byte for byte.
public struct JSONValue: Hashable, Sendable {
    /// What a value is.
    public enum Kind: Hashable, Sendable {
        /// `{…}`
        case object
        /// `[…]`
        case array
        /// `"…"`
        case string
        /// A number of any form.
        case number
        /// `true`
        case `true`
        /// `false`
        case `false`
        /// `null`
        case null
    }

    /// What it is.
    public let kind: Kind
    /// Offsets of its first byte and of the byte behind its last.
    public let range: Range<Int>
    /// Whether it is a string with `\` in it, so that its text is not its bytes.
    let hasEscapes: Bool

    init(_ kind: Kind, _ range: Range<Int>, hasEscapes: Bool = false) {
        self.kind = kind
        self.range = range
        self.hasEscapes = hasEscapes
    }
}

/// Where and why a text is not strict JSON. Offsets count bytes.
public enum JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text ended inside a value.
    case unexpectedEnd
    /// A byte that can not stand here.
    case unexpectedByte(offset: Int)
    /// More than 32 objects and arrays inside each other.
    case tooDeep(offset: Int)
    /// A string with a raw control character, a wrong escape, or half a surrogate pair.
    case invalidString(offset: Int)
    /// A string that is not UTF-8.
    case invalidUTF8(offset: Int)
    /// A value of another kind was needed.
    case wrongKind(offset: Int)

    /// What is wrong, for people.
    public var description: String {
        switch self {
        case .unexpectedEnd: "not JSON: it ends inside a value"
        case .unexpectedByte(let offset): "not JSON: unexpected byte at \(offset)"
        case .tooDeep(let offset): "JSON nested more than 32 deep at \(offset)"
        case .invalidString(let offset): "not JSON: bad string at \(offset)"
        case .invalidUTF8(let offset): "not JSON: not UTF-8 at \(offset)"
        case .wrongKind(let offset): "another kind of JSON value was expected at \(offset)"
        }
    }
}
