import ClusterModel

/// What the default application of a node says to a client.
enum ServerMessage: Hashable {
    case welcome(user: String, node: String, epoch: UInt64)
    /// `data` is the text of a string, or the JSON of anything else.
    case message(from: String, group: String?, data: String)
    case result(id: String, status: String, reason: String?)
    case error(reason: String, id: String?)
    /// A type this program does not know; newer nodes may have some.
    case other(String)

    /// Reads one text frame; nil if it is not an object with a `type`.
    init?(_ payload: UnsafeRawBufferPointer) {
        var texts: [String: String] = [:]
        var epoch: UInt64 = 0
        do throws(JSONError) {
            var scanner = JSONScanner(payload)
            try scanner.beginObject()
            while let name = try scanner.nextMember() {
                let value = try scanner.value()
                guard let member = scanner.text(of: name) else { continue }
                if member == "epoch" { epoch = scanner.integer(value) ?? 0 }
                let raw = String(decoding: scanner.raw(value), as: UTF8.self)
                texts[member] = scanner.text(of: value) ?? raw
            }
            try scanner.finish()
        } catch { return nil }
        guard let type = texts["type"] else { return nil }
        switch type {
        case "welcome": self = .welcome(user: texts["user"] ?? "", node: texts["node"] ?? "", epoch: epoch)
        case "message":
            self = .message(from: texts["from"] ?? "", group: texts["group"], data: texts["data"] ?? "null")
        case "result": self = .result(id: texts["id"] ?? "", status: texts["status"] ?? "", reason: texts["reason"])
        case "error": self = .error(reason: texts["reason"] ?? "", id: texts["id"])
        default: self = .other(type)
        }
    }
}

/// What a client says to the default application.
enum ClientMessage {
    /// A message with a text as its data.
    static func send(id: String, to peer: String, text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("type", "send")
        writer.string("id", id)
        writer.string("to", peer)
        writer.string("data", text)
        writer.endObject()
        return writer.bytes
    }
}
