import ClusterModel
import Rehoming

/// A text frame of a server that speaks `ringway.v1`.
enum ServerFrame: Hashable {
    case welcome(session: String, user: String, node: String, position: Position?)
    case resumed(recovered: Bool, replayed: Int)
    case home(Position?)
    case message(ReceivedMessage)
    case result(n: UInt64, status: String, reason: String?)
    case error(reason: String, n: UInt64?)
    case other

    /// Reads a frame; nil if it is no object with a `type`. `place` is what any frame may say of where the session is now.
    static func read(_ bytes: UnsafeRawBufferPointer) -> (frame: ServerFrame, place: Place)? {
        var scanner = JSONScanner(bytes)
        var values: [String: JSONValue] = [:]
        do throws(JSONError) {
            try scanner.beginObject()
            while let name = try scanner.nextMember() {
                let value = try scanner.value()
                if let name = scanner.text(of: name) { values[name] = value }
            }
            try scanner.finish()
        } catch { return nil }
        let members = Members(scanner: scanner, values: values)
        guard let type = members.text("type") else { return nil }
        return (members.frame(type), Place(resume: members.text("resume"), node: members.text("node")))
    }

    /// What has to be kept to come back.
    struct Place: Hashable {
        var resume: String?
        var node: String?
    }

    private struct Members {
        let scanner: JSONScanner
        let values: [String: JSONValue]

        func text(_ name: String) -> String? { values[name].flatMap { scanner.text(of: $0) } }
        func number(_ name: String) -> UInt64? { values[name].flatMap { scanner.integer($0) } }
        var position: Position? { text("position").flatMap { Position($0) } }
        /// Ours are the numbers.
        var n: UInt64? { text("id").flatMap { UInt64($0) } }

        func frame(_ type: String) -> ServerFrame {
            switch type {
            case "welcome":
                return .welcome(
                    session: text("session") ?? "", user: text("user") ?? "", node: text("node") ?? "",
                    position: position)
            case "resumed":
                let replayed = number("replayed").flatMap { Int(exactly: $0) } ?? 0
                return .resumed(recovered: values["recovered"]?.kind == .true, replayed: replayed)
            case "home": return .home(position)
            case "message":
                let key = text("sender").flatMap { sender in
                    number("n").map { ReceivedMessage.Key(sender: sender, n: $0) }
                }
                let data = values["data"].map { scanner.copy($0) } ?? Array("null".utf8)
                return .message(
                    ReceivedMessage(from: text("from") ?? "", data: data, key: key, position: position))
            case "result":
                guard let n else { return .other }
                return .result(n: n, status: text("status") ?? "", reason: text("reason"))
            case "error": return .error(reason: text("reason") ?? "", n: n)
            default: return .other
            }
        }
    }
}
