import HashRing

/// The name of a service, a named ring: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
public struct ServiceName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The name.
    public let text: String

    /// Takes a name that keeps to the form above.
    public init(_ text: String) throws(ServiceNameError) {
        guard Identifier.matches(text.utf8, lengths: 1...64, punctuation: "._-") else {
            throw .invalid(String(text.prefix(80)))
        }
        self.text = text
    }

    /// Byte order.
    public static func < (left: ServiceName, right: ServiceName) -> Bool {
        left.text < right.text
    }

    /// The name.
    public var description: String { text }
}

/// Why a text is not a service's name.
public enum ServiceNameError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It does not have the form of a name; carries the beginning of the text.
    case invalid(String)

    /// What is wrong, for people.
    public var description: String {
        switch self {
        case .invalid(let text): "'\(text)' is not a service name ([A-Za-z0-9][A-Za-z0-9._-]{0,63})"
        }
    }
}
