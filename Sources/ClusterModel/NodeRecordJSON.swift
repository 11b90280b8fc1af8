import HashRing

extension NodeRecord {
    /// Reads a registration: `id`, `incarnation`, `address` and `url` have to be there; unknown members are ignored.
    ///
    /// A foreign server may leave `address` and `incarnation` out: they are its URL's host and 0.
    public init(json: [UInt8]) throws(FieldError) {
        self = try JSONObject.read(json) { (object) throws(FieldError) -> NodeRecord in
            let kind = try NodeKind(reading: object) ?? .ringway
            let text = try object.required("url", object.text("url"))
            guard let url = NodeURL(text) else { throw .invalid("url", expected: "ws://host:port/path") }
            let address = try NodeAddress(reading: object) ?? (kind == .foreign ? url.address : nil)
            let number = try object.integer("incarnation", in: 0...Epoch.maxValue)
            let incarnation = number.flatMap(Incarnation.init) ?? (kind == .foreign ? .unknown : nil)
            return try NodeRecord(
                member: RingMember(reading: object), incarnation: object.required("incarnation", incarnation),
                kind: kind, address: object.required("address", address), url: url,
                loops: object.integer("loops", in: NodeRecord.loopsRange) ?? 1)
        }
    }

    /// The registration as JSON; every member is written, so that it reads without knowing the defaults.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("id", id.text)
        writer.integer("incarnation", incarnation.value)
        writer.string("kind", kind.rawValue)
        writer.string("address", address.description)
        writer.string("url", url.text)
        writer.integer("weight", UInt64(weight))
        writer.string("zone", zone)
        writer.integer("loops", UInt64(loops))
        if member.key != id.text { writer.string("key", member.key) }
        writer.endObject()
        return writer.bytes
    }
}

extension NodeKind {
    /// The member `kind`; `nil` if it is not there.
    init?(reading object: JSONObject) throws(FieldError) {
        guard let text = try object.text("kind") else { return nil }
        guard let kind = NodeKind(rawValue: text) else {
            throw .invalid("kind", expected: "\"ringway\" or \"foreign\"")
        }
        self = kind
    }
}

extension NodeAddress {
    /// The member `address`; `nil` if it is not there.
    init?(reading object: JSONObject) throws(FieldError) {
        guard let text = try object.text("address") else { return nil }
        guard let address = NodeAddress(text) else { throw .invalid("address", expected: "host:port") }
        self = address
    }
}

extension RingMember {
    /// The members `id`, `weight`, `key` and `zone` of a registration or of a document's node.
    init(reading object: JSONObject) throws(FieldError) {
        try self.init(
            checking: object.required("id", object.text("id")),
            weight: object.integer("weight", in: Self.weights) ?? Self.defaultWeight, key: object.text("key"),
            zone: object.text("zone") ?? "")
    }
}
