/// What a node sends to the registry: what it says of itself, and the key by which the registry will know it.
public struct NodeRegistration: Sendable, Equatable {
    /// What everybody may know.
    public let record: NodeRecord
    /// What nobody else may know; `nil` only of a foreign server, which cannot prove anything.
    public let proofKey: ProofKey?

    /// A registration of one of our own nodes.
    public init(_ record: NodeRecord, proofKey: ProofKey) {
        self.record = record
        self.proofKey = proofKey
    }

    /// Reads a registration; `proof_key` has to be there unless the node is a foreign server.
    public init(json: [UInt8]) throws(FieldError) {
        record = try NodeRecord(json: json)
        let kind = record.kind
        proofKey = try JSONObject.read(json) { (object) throws(FieldError) -> ProofKey? in
            guard let text = try object.text("proof_key") else {
                if kind == .foreign { return nil }
                throw .missing("proof_key")
            }
            guard let key = ProofKey(hex: text) else { throw .invalid("proof_key", expected: "64 hex digits") }
            return key
        }
    }

    /// The body of the call that registers.
    public var json: [UInt8] {
        guard let proofKey else { return record.json }
        // Members are added, never changed: the record's own JSON ends in its brace.
        return record.json.dropLast() + Array(",\"proof_key\":\"\(proofKey.hex)\"}".utf8)
    }
}
