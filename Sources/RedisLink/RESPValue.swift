/// One reply of Redis, or one element of it.
public enum RESPValue: Sendable, Hashable {
    /// A short status text such as `OK`.
    case simple(String)
    /// An error text; its first word is the code (`NOSCRIPT`, `WRONGPASS`).
    case error(String)
    /// A number.
    case integer(Int64)
    /// Bytes of any kind.
    case bulk([UInt8])
    /// Elements in order.
    case array([RESPValue])
    /// Nothing is stored there.
    case null

    /// The bytes of a bulk or simple value; `nil` for every other kind.
    public var bytes: [UInt8]? {
        switch self {
        case .bulk(let bytes): bytes
        case .simple(let text): Array(text.utf8)
        case .error, .integer, .array, .null: nil
        }
    }

    /// The bytes read as UTF-8 (what is not UTF-8 becomes U+FFFD): for words, numbers and messages, not for users.
    public var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// A number, also one that came as decimal text, as in hashes.
    public var integer: Int64? {
        if case .integer(let number) = self { return number }
        return text.flatMap { Int64($0) }
    }

    /// The elements of an array; `nil` for every other kind.
    public var elements: [RESPValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }
}
