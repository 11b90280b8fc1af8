import HashRing

extension RingDocument {
    /// What every document starts with, before the 16 digits.
    static let opening = Array("{\"digest\":\"".utf8)

    /// The one byte sequence of these fields: members sorted by name, nodes by id, what has its default left out.
    ///
    /// Starts with the digest of everything behind it, so that a reader can check the bytes before it reads them.
    public func seal() throws(RingDocumentError) -> [UInt8] {
        let ring: Ring
        do throws(RingError) {
            ring = try self.ring()
        } catch {
            throw .ring(error)
        }
        var writer = JSONWriter()
        writeFields(ring, to: &writer)
        let tail = writer.bytes
        var sealed = Self.opening
        Hex16.append(XXHash64.hash(tail), to: &sealed)
        sealed.append(contentsOf: "\",".utf8)
        sealed.append(contentsOf: tail)
        guard sealed.count <= Self.maxBytes else { throw .tooLarge(bytes: sealed.count) }
        return sealed
    }

    /// Everything behind the digest's comma, the closing brace included.
    private func writeFields(_ ring: Ring, to writer: inout JSONWriter) {
        if let closeOver { writer.integer("close_over_ms", closeOver.wholeMilliseconds) }
        if let delivery { writer.string("delivery", delivery.rawValue) }
        writer.integer("epoch", epoch.value)
        writer.string("hash", "xxh64")
        if let moveRate { writer.integer("move_rate", UInt64(moveRate)) }
        if let movesInFlight { writer.integer("moves_in_flight", UInt64(movesInFlight)) }
        writer.beginArray("nodes")
        for node in nodes.sorted(by: { $0.id < $1.id }) { node.write(to: &writer) }
        writer.endArray()
        if let plan { writer.string("plan", plan.rawValue) }
        writer.integer("points", UInt64(ring.pointCount))
        if seed != 0 { writer.string("seed", Hex16.string(seed)) }
        writer.string("service", service.text)
        writer.string("table", Hex16.string(ring.tableDigest))
        writer.integer("v", 1)
        writer.integer("vnodes", UInt64(vnodes))
        writer.endObject()
    }
}

extension RingDocument.Node {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let address { writer.string("address", address.description) }
        writer.string("id", id.text)
        if incarnation != .unknown { writer.integer("inc", incarnation.value) }
        if member.key != id.text { writer.string("key", member.key) }
        if kind != .ringway { writer.string("kind", kind.rawValue) }
        if loops != 1 { writer.integer("loops", UInt64(loops)) }
        // A reader takes one of weight 0 that says nothing for draining.
        if state != .up || weight == 0 { writer.string("state", state.rawValue) }
        if let url { writer.string("url", url.text) }
        if weight != RingMember.defaultWeight { writer.integer("weight", UInt64(weight)) }
        if !zone.isEmpty { writer.string("zone", zone) }
        writer.endObject()
    }
}
