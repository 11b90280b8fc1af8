import ClusterModel

/// The message by which a client brings a fresh token: `{"type":"token","token":"…"}`, `type` first.
enum TokenMessage {
    /// The longest that is read: a token, and room for names, spaces and members to come.
    static let maxBytes = CompactToken.maxBytes + 1024

    /// Whether a text message is one, by its first member alone: this is asked for each message of a client with a token.
    static func begins(_ message: UnsafeRawBufferPointer) -> Bool {
        var offset = 0
        return take("{", message, &offset) && take("\"type\"", message, &offset) && take(":", message, &offset)
            && take("\"token\"", message, &offset)
    }

    /// Passes white space and then the text.
    private static func take(_ text: StaticString, _ message: UnsafeRawBufferPointer, _ offset: inout Int) -> Bool {
        while offset < message.count, [0x20, 0x09, 0x0a, 0x0d].contains(message[offset]) { offset += 1 }
        let count = text.utf8CodeUnitCount
        guard message.count - offset >= count else { return false }
        let found = UnsafeRawBufferPointer(rebasing: message[offset..<offset + count])
        offset += count
        return text.withUTF8Buffer { found.elementsEqual($0) }
    }

    /// The token in it.
    static func token(_ message: UnsafeRawBufferPointer) throws(FieldError) -> [UInt8] {
        guard message.count <= maxBytes else { throw .invalid("token", expected: "at most 8 KiB") }
        return try JSONObject.read(Array(message)) { object throws(FieldError) in
            try object.required("token", object.bytes("token"))
        }
    }

    /// The answer to a good one: until when it is good.
    static func accepted(expires: Int64) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.string("type", "token")
        json.integer("expires", UInt64(max(0, expires)))
        json.endObject()
        return json.bytes
    }

    /// The answer to any other: why, and the old one stands.
    static func refused(_ reason: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.string("type", "error")
        json.string("reason", reason)
        json.endObject()
        return json.bytes
    }
}
