import HashRing

extension ServiceSettings {
    /// These settings changed by what a writer sent: the members it names get new values, the others stay.
    ///
    /// A member that is not known is refused, since a misspelt setting that is silently ignored is found at night.
    public func changed(by json: [UInt8]) throws(FieldError) -> ServiceSettings {
        try JSONObject.read(json) { (object) throws(FieldError) -> ServiceSettings in
            for name in object.names.sorted() where !Self.fieldNames.contains(name) { throw .unknown(name) }
            let milliseconds = try object.integer("close_over_ms", in: 0...3_600_000)
            return try ServiceSettings(
                vnodes: object.integer("vnodes", in: Ring.vnodesRange) ?? vnodes,
                plan: RebalancePlan(reading: object) ?? plan, delivery: Delivery(reading: object) ?? delivery,
                closeOver: milliseconds.map { .milliseconds($0) } ?? closeOver,
                moves: MoveBudget(
                    perSecond: object.integer(MoveBudget.perSecondName, in: MoveBudget.perSecondRange)
                        ?? moves.perSecond,
                    inFlight: object.integer(MoveBudget.inFlightName, in: MoveBudget.inFlightRange)
                        ?? moves.inFlight))
        }
    }

    /// The settings as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.integer("close_over_ms", closeOver.wholeMilliseconds)
        writer.string("delivery", delivery.rawValue)
        writer.integer("move_rate", UInt64(moves.perSecond))
        writer.integer("moves_in_flight", UInt64(moves.inFlight))
        writer.string("plan", plan.rawValue)
        writer.integer("vnodes", UInt64(vnodes))
        writer.endObject()
        return writer.bytes
    }

    /// The fields of the stored hash.
    public var fields: [(name: String, value: String)] {
        [
            ("close_over_ms", String(closeOver.wholeMilliseconds)), ("delivery", delivery.rawValue),
            ("move_rate", String(moves.perSecond)), ("moves_in_flight", String(moves.inFlight)),
            ("plan", plan.rawValue), ("vnodes", String(vnodes)),
        ]
    }

    /// Reads the stored hash; a field that is not there has its default, one that is not known is left alone.
    public init(fields: [String: String]) throws(FieldError) {
        let standard = Self.standard
        guard let vnodes = fields["vnodes"].map({ Int($0) }) ?? standard.vnodes else {
            throw .invalid("vnodes", expected: "an integer in 1...4096")
        }
        guard let plan = fields["plan"].map(RebalancePlan.init(rawValue:)) ?? standard.plan else {
            throw .invalid("plan", expected: RebalancePlan.expected)
        }
        guard let delivery = fields["delivery"].map(Delivery.init(rawValue:)) ?? standard.delivery else {
            throw .invalid("delivery", expected: Delivery.expected)
        }
        guard let milliseconds = fields["close_over_ms"].map({ UInt32($0) }) ?? 10_000 else {
            throw .invalid("close_over_ms", expected: "an integer in 0...3600000")
        }
        // What is no number is out of range like any other.
        let moves = try MoveBudget(
            perSecond: fields[MoveBudget.perSecondName].map { Int($0) ?? 0 } ?? standard.moves.perSecond,
            inFlight: fields[MoveBudget.inFlightName].map { Int($0) ?? 0 } ?? standard.moves.inFlight)
        try self.init(
            vnodes: vnodes, plan: plan, delivery: delivery, closeOver: .milliseconds(milliseconds), moves: moves)
    }

    private static let fieldNames: Set<String> = [
        "close_over_ms", "delivery", MoveBudget.perSecondName, MoveBudget.inFlightName, "plan", "vnodes",
    ]
}

extension RebalancePlan {
    static let expected = "\"reconnect-all\", \"reconnect-moved\" or \"rehome\""

    /// The member `plan`; `nil` if it is not there.
    init?(reading object: JSONObject) throws(FieldError) {
        guard let text = try object.text("plan") else { return nil }
        guard let plan = RebalancePlan(rawValue: text) else { throw .invalid("plan", expected: Self.expected) }
        self = plan
    }
}

extension Delivery {
    static let expected = "\"routed\" or \"broadcast\""

    /// The member `delivery`; `nil` if it is not there.
    init?(reading object: JSONObject) throws(FieldError) {
        guard let text = try object.text("delivery") else { return nil }
        guard let delivery = Delivery(rawValue: text) else { throw .invalid("delivery", expected: Self.expected) }
        self = delivery
    }
}
