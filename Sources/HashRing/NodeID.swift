/// The name of a node: `[A-Za-z0-9][A-Za-z0-9._:-]{0,127}`. It stays the same over restarts and address changes.
///
/// Ordered by bytes, which decides ties on the ring. All of it is ASCII, so comparing the text compares the bytes.
public struct NodeID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The longest name, in bytes.
    public static let maxBytes = 128

    /// The name.
    public let text: String

    /// Takes a name that keeps to the form above.
    public init(_ text: String) throws(NodeIDError) {
        guard Identifier.matches(text.utf8, lengths: 1...Self.maxBytes, punctuation: "._:-") else {
            throw .invalid(String(text.prefix(160)))
        }
        self.text = text
    }

    /// Byte order: "10" is before "9", "B" is before "a".
    public static func < (left: NodeID, right: NodeID) -> Bool {
        left.text < right.text
    }

    /// The name.
    public var description: String { text }
}

/// Why a text is not a node's name.
public enum NodeIDError: Error, Equatable, Sendable {
    /// It does not have the form of a name; carries the beginning of the text.
    case invalid(String)
}
