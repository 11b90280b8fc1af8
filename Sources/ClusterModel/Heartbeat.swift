/// What a node says of itself every second or so: that it lives, which ring it holds, how much it carries.
public struct Heartbeat: Hashable, Sendable {
    /// Which run of the node speaks.
    public let incarnation: Incarnation
    /// The epoch of the ring it holds; `nil` before its first.
    public let epoch: Epoch?
    /// How many sessions it holds.
    public let sessions: Int

    /// A heartbeat.
    public init(incarnation: Incarnation, epoch: Epoch? = nil, sessions: Int = 0) {
        self.incarnation = incarnation
        self.epoch = epoch
        self.sessions = sessions
    }

    /// Reads `{"incarnation","epoch","sessions"}`; only the first has to be there, epoch 0 means none.
    public init(json: [UInt8]) throws(FieldError) {
        self = try JSONObject.read(json) { (object) throws(FieldError) -> Heartbeat in
            let number = try object.required("incarnation", object.integer("incarnation", in: 0...Epoch.maxValue))
            return Heartbeat(
                incarnation: Incarnation(number) ?? .unknown,
                epoch: try object.integer("epoch", in: 0...Epoch.maxValue).flatMap(Epoch.init),
                sessions: try object.integer("sessions", in: 0...Int(Int32.max)) ?? 0)
        }
    }

    /// The heartbeat as JSON.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.integer("incarnation", incarnation.value)
        writer.integer("epoch", epoch?.value ?? 0)
        writer.integer("sessions", UInt64(max(0, sessions)))
        writer.endObject()
        return writer.bytes
    }
}
