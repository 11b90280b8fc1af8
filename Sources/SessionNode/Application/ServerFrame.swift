import ClusterModel
import Rehoming
import SessionLink

/// Writes the frames of the default application behind each other's memory: the array is kept and emptied, not made anew.
struct ServerFrame {
    private(set) var bytes: [UInt8] = []

    /// Empties the frame and keeps its memory.
    private mutating func begin(_ start: StaticString) {
        bytes.removeAll(keepingCapacity: true)
        append(start)
    }

    mutating func welcome(
        service: ServiceName, user: UnsafeRawBufferPointer, session: SessionID, node: String, epoch: UInt64
    ) {
        begin(#"{"type":"welcome","service":""#)
        bytes.append(contentsOf: service.text.utf8)
        append(#"","user":"#)
        appendString(user)
        append(#","session":""#)
        session.appendHex(to: &bytes)
        append(#"","node":""#)
        bytes.append(contentsOf: node.utf8)
        append(#"","epoch":"#)
        bytes.append(contentsOf: String(epoch).utf8)
        append("}")
    }

    /// `payload` is JSON and goes in as it is.
    mutating func message(from: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) {
        begin(#"{"type":"message","from":"#)
        appendString(from)
        append(#","data":"#)
        bytes.append(contentsOf: payload)
        append("}")
    }

    /// A message that is kept until the client acknowledges it, or until it is in a plain client's socket.
    mutating func message(_ message: ReliableMessage) {
        message.from.withUnsafeBytes { from in
            message.payload.withUnsafeBytes { self.message(from: from, payload: $0) }
        }
        guard message.kind == .resumable else { return }
        bytes.removeLast()
        append(#","position":""#)
        bytes.append(contentsOf: message.position.description.utf8)
        append(#"","sender":""#)
        message.key.sender.appendHex(to: &bytes)
        append(#"","n":"#)
        bytes.append(contentsOf: String(message.key.n).utf8)
        append("}")
    }

    /// `id` is a JSON string as the client wrote it, quotes included.
    mutating func result(_ id: UnsafeRawBufferPointer, _ status: DeliveryStatus) {
        switch status {
        case .accepted: result(id, "accepted", reason: nil)
        case .delivered: result(id, "delivered", reason: nil)
        case .offline: result(id, "offline", reason: nil)
        case .unknown: result(id, "unknown", reason: "the recipient's node did not answer; it may have arrived")
        case .rejected(let refusal): result(id, "rejected", reason: refusal.rawValue)
        }
    }

    mutating func rejected(_ id: UnsafeRawBufferPointer, reason: String) {
        result(id, "rejected", reason: reason)
    }

    private mutating func result(_ id: UnsafeRawBufferPointer, _ status: StaticString, reason: String?) {
        begin(#"{"type":"result","id":"#)
        bytes.append(contentsOf: id)
        append(#","status":""#)
        append(status)
        append("\"")
        if let reason {
            append(#","reason":"#)
            JSONWriter.append(reason.utf8, to: &bytes)
        }
        append("}")
    }

    mutating func error(_ reason: String, id: [UInt8]?) {
        begin(#"{"type":"error","reason":"#)
        JSONWriter.append(reason.utf8, to: &bytes)
        if let id {
            append(#","id":"#)
            bytes.append(contentsOf: id)
        }
        append("}")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// A user's bytes as a JSON string. They hold no control characters, so only two bytes ever need an escape,
    /// and nearly every user needs none: then it is one copy.
    private mutating func appendString(_ user: UnsafeRawBufferPointer) {
        bytes.append(UInt8(ascii: "\""))
        if user.contains(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") || $0 < 0x20 }) {
            bytes.removeLast()
            JSONWriter.append(user, to: &bytes)
        } else {
            bytes.append(contentsOf: user)
            bytes.append(UInt8(ascii: "\""))
        }
    }
}
