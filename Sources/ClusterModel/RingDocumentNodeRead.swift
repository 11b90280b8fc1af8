import HashRing

extension RingDocument.Node {
    /// Reads one node: the ring's members strictly, the further ones as far as they are understood.
    init(_ object: JSONObject) throws(FieldError) {
        let number = try object.integer("inc", in: 0...Epoch.maxValue)
        self.init(
            member: try RingMember(reading: object),
            incarnation: number.flatMap(Incarnation.init) ?? .unknown,
            kind: RingDocument.lenient { () throws(FieldError) in try NodeKind(reading: object) } ?? .ringway,
            address: RingDocument.lenient { () throws(FieldError) in try NodeAddress(reading: object) },
            url: RingDocument.lenient { () throws(FieldError) in try object.text("url") }.flatMap(NodeURL.init),
            state: RingDocument.lenient { () throws(FieldError) in try object.text("state") }
                .flatMap(RingDocument.NodeState.init(rawValue:)),
            loops: RingDocument.lenient { () throws(FieldError) in
                try object.integer("loops", in: NodeRecord.loopsRange)
            } ?? 1)
    }
}

extension JSONObject {
    /// A member of exactly 16 lowercase hex digits; `nil` if there is no such member.
    func hex16(_ name: String) throws(FieldError) -> UInt64? {
        guard let text = try bytes(name) else { return nil }
        guard let value = Hex16.parse(text) else { throw .invalid(name, expected: "16 lowercase hex digits") }
        return value
    }
}
