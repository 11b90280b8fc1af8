import ClusterModel

/// Why a document did not become the current ring. The ring that is held stays.
public enum RingRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// Its epoch is below the one held.
    case lower(Epoch)
    /// It has the epoch that is held but other bytes, and the store has nothing newer.
    case conflict(Epoch)
    /// It is the ring of another service.
    case otherService(ServiceName)
    /// It is not a valid document, with the label and the sentence of `RingDocumentError`.
    case invalid(label: String, reason: String)
    /// A message on the channel that is neither a document nor a hint.
    case unreadable

    /// The metric's label.
    public var label: String {
        switch self {
        case .lower: "lower_epoch"
        case .conflict: "conflict"
        case .otherService: "service"
        case .invalid(let label, _): label
        case .unreadable: "unreadable"
        }
    }

    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .lower(let epoch): "a ring of the lower epoch \(epoch) was ignored"
        case .conflict(let epoch): "two different rings of epoch \(epoch) exist; the one held is kept"
        case .otherService(let name): "a ring of service \(name) was ignored"
        case .invalid(_, let reason): "a ring was refused: \(reason)"
        case .unreadable: "a message on the ring's channel is neither a document nor a hint"
        }
    }

    init(_ error: RingDocumentError) {
        if case .otherService(_, let found) = error {
            self = .otherService(found)
        } else {
            self = .invalid(label: error.label, reason: error.description)
        }
    }
}
