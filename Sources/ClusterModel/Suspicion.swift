import HashRing

/// What a gateway tells the registry when its link to a node ended: this run of the node may be gone.
///
/// It is a hint and no evidence. A gateway can be cut off, mistaken or lying, so the registry calls the node itself and
/// believes only what it finds.
public struct Suspicion: Hashable, Sendable {
    /// How the link ended.
    public enum Reason: String, Hashable, Sendable, CaseIterable {
        /// An open connection broke off, as it does when a process dies.
        case reset
        /// Nothing was heard for too long, or no connection came about.
        case silent
        /// Nobody listens on the port.
        case refused
    }

    /// The run of the node that the link was to.
    public let incarnation: Incarnation
    /// The gateway's name, for the log.
    public let by: String
    /// How the link ended.
    public let reason: Reason

    /// A suspicion; `by` is 1…128 letters, digits, dots, colons, dashes, like a node's id.
    public init(incarnation: Incarnation, by: String, reason: Reason) throws(FieldError) {
        do throws(NodeIDError) {
            _ = try NodeID(by)
        } catch {
            throw .invalid("by", expected: "[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
        }
        self.incarnation = incarnation
        self.by = by
        self.reason = reason
    }

    /// Reads `{"incarnation","by","reason"}`; all have to be there, others are ignored.
    public init(json: [UInt8]) throws(FieldError) {
        self = try JSONObject.read(json) { (object) throws(FieldError) -> Suspicion in
            let number = try object.required("incarnation", object.integer("incarnation", in: 0...Epoch.maxValue))
            let word = try object.required("reason", object.text("reason"))
            guard let reason = Reason(rawValue: word) else {
                throw .invalid("reason", expected: "\"reset\", \"silent\" or \"refused\"")
            }
            return try Suspicion(
                incarnation: Incarnation(number) ?? .unknown, by: object.required("by", object.text("by")),
                reason: reason)
        }
    }

    /// The suspicion as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.integer("incarnation", incarnation.value)
        writer.string("by", by)
        writer.string("reason", reason.rawValue)
        writer.endObject()
        return writer.bytes
    }
}
