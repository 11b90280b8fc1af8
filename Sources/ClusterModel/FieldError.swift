/// Why a JSON object is not the value it should be; names the member, so that a person can mend it.
public enum FieldError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text is not strict JSON, or not an object.
    case notJSON(JSONError)
    /// The object has this member twice.
    case repeated(String)
    /// The object lacks this member.
    case missing(String)
    /// The member's value is of the wrong kind or out of its range; `expected` says what would be right.
    case invalid(String, expected: String)
    /// The object has a member that means nothing here.
    case unknown(String)

    /// The member in question, if it is one.
    public var field: String? {
        switch self {
        case .notJSON: nil
        case .repeated(let name), .missing(let name), .invalid(let name, _), .unknown(let name): name
        }
    }

    /// What is wrong, for people.
    public var description: String {
        switch self {
        case .notJSON(let error): error.description
        case .repeated(let name): "'\(name)' stands there twice"
        case .missing(let name): "'\(name)' is missing"
        case .invalid(let name, let expected): "'\(name)' must be \(expected)"
        case .unknown(let name): "'\(name)' is not known here"
        }
    }
}
