import HashRing

/// Why a document is not adopted, or can not be written. A reader keeps the ring it has and reports this.
public enum RingDocumentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Longer than 4 MiB.
    case tooLarge(bytes: Int)
    /// It does not start with its digest in the one form that is allowed.
    case noDigest
    /// The digest is not that of the bytes: cut off, or changed on the way.
    case wrongDigest(stated: UInt64, found: UInt64)
    /// A member of the document is missing or wrong.
    case field(FieldError)
    /// A member of the node at this place of `nodes` is missing or wrong.
    case node(index: Int, FieldError)
    /// A valid document of another service than the one asked for.
    case otherService(expected: ServiceName, found: ServiceName)
    /// The nodes do not make a ring.
    case ring(RingError)
    /// The reader derives another number of points than the document says.
    case otherPoints(stated: Int, derived: Int)
    /// The reader derives another table than the document says.
    case otherTable(stated: UInt64, derived: UInt64)

    /// A short word for a metric's label.
    public var label: String {
        switch self {
        case .tooLarge: "too_large"
        case .noDigest, .wrongDigest: "digest"
        case .field, .node: "field"
        case .otherService: "service"
        case .ring: "ring"
        case .otherPoints, .otherTable: "table"
        }
    }

    /// What is wrong, for people.
    public var description: String {
        switch self {
        case .tooLarge(let bytes): "the document has \(bytes) bytes, more than \(RingDocument.maxBytes)"
        case .noDigest: "the document does not start with its digest"
        case .wrongDigest(let stated, let found):
            "the document says its digest is \(Hex16.string(stated)), but it is \(Hex16.string(found))"
        case .field(let error): "in the document, \(error)"
        case .node(let index, let error): "in node \(index) of the document, \(error)"
        case .otherService(let expected, let found): "the document is of service \(found), not \(expected)"
        case .ring(let error): "the document's nodes make no ring: \(error)"
        case .otherPoints(let stated, let derived): "the document says \(stated) points, derived are \(derived)"
        case .otherTable(let stated, let derived):
            "the document says table \(Hex16.string(stated)), derived is \(Hex16.string(derived))"
        }
    }
}
