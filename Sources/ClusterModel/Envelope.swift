import HashRing

/// What a message's sender is promised.
public enum MessageClass: String, Hashable, Sendable, CaseIterable {
    /// At most once, in the sender's order while nothing fails.
    case fast
    /// Acknowledged means delivered exactly once, in order.
    case reliable
    /// At most once, to everyone.
    case broadcast
}

/// One message from user to user, on its way between nodes.
public struct Envelope: Hashable, Sendable {
    /// How many characters an id may have.
    public static let idLengths = 1...64

    /// Who sends.
    public let from: UserKey
    /// Who is to get it.
    public let to: UserKey
    /// What the sender is promised.
    public let messageClass: MessageClass
    /// The sender's own name for the message; the answer repeats it.
    public let id: String
    /// Any JSON, as the sender wrote it: never decoded and written again.
    public let data: [UInt8]

    /// A message; `id` has 1 to 64 characters, and the caller vouches for `data` being one JSON value.
    public init(
        from: UserKey, to: UserKey, messageClass: MessageClass, id: String, data: [UInt8]
    ) throws(FieldError) {
        guard Self.idLengths.contains(id.unicodeScalars.count) else {
            throw .invalid("id", expected: "a text of 1 to 64 characters")
        }
        self.from = from
        self.to = to
        self.messageClass = messageClass
        self.id = id
        self.data = data
    }

    /// Reads `{"from","to","class","id","data"}`; `class` is `fast` if it is not there.
    public init(json: [UInt8]) throws(FieldError) {
        self = try JSONObject.read(json) { (object) throws(FieldError) -> Envelope in
            let data = try object.required("data", object.value("data"))
            return try Envelope(
                from: UserKey(reading: object, "from"), to: UserKey(reading: object, "to"),
                messageClass: MessageClass(reading: object) ?? .fast, id: object.required("id", object.text("id")),
                data: Array(object.raw(data)))
        }
    }

    /// The message as one JSON object, with `data` byte for byte.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("from", utf8: from.bytes)
        writer.string("to", utf8: to.bytes)
        writer.string("class", messageClass.rawValue)
        writer.string("id", id)
        writer.raw("data", data)
        writer.endObject()
        return writer.bytes
    }
}

extension UserKey {
    /// A member that has to be a user.
    init(reading object: JSONObject, _ name: String) throws(FieldError) {
        let bytes = try object.required(name, object.bytes(name))
        do throws(UserKeyError) {
            try self.init(bytes: bytes)
        } catch {
            throw .invalid(name, expected: "a user: 1 to 256 bytes of UTF-8 without control characters")
        }
    }
}

extension MessageClass {
    /// The member `class`; `nil` if it is not there.
    init?(reading object: JSONObject) throws(FieldError) {
        guard let text = try object.text("class") else { return nil }
        guard let messageClass = MessageClass(rawValue: text) else {
            throw .invalid("class", expected: "\"fast\", \"reliable\" or \"broadcast\"")
        }
        self = messageClass
    }
}
