import ClusterModel
import Glibc
import Rehoming

/// `{"type":"ack","position":"e-k"}` of a `ringway.v1` client: all up to there was received. It goes no further than here.
enum ClientAck: Equatable {
    case through(Position)
    case malformed

    /// No acknowledgement is longer; what is longer is an application's, whatever it says.
    private static let maxBytes = 4096

    /// Nil for a message that is something else.
    ///
    /// All of a client's messages come by here. Nearly all of them begin as our clients write them, and are told by that;
    /// others are read as JSON only if they name the word.
    init?(_ message: UnsafeRawBufferPointer) {
        guard message.count <= Self.maxBytes, !Self.begins(message, #"{"type":"send""#), Self.names(message, #""ack""#)
        else { return nil }
        do throws(JSONError) {
            guard let ack = try Self.read(message) else { return nil }
            self = ack
        } catch {
            // Not JSON: the node says so.
            return nil
        }
    }

    private static func read(_ message: UnsafeRawBufferPointer) throws(JSONError) -> ClientAck? {
        var scanner = JSONScanner(message)
        var isAck = false
        var position: Position?
        try scanner.beginObject()
        while let name = try scanner.nextMember() {
            let value = try scanner.value()
            if scanner.text(of: name, is: "type") {
                isAck = scanner.text(of: value, is: "ack")
            } else if scanner.text(of: name, is: "position") {
                position = scanner.text(of: value).flatMap { Position(ofClient: $0) }
            }
        }
        try scanner.finish()
        guard isAck else { return nil }
        return position.map { .through($0) } ?? .malformed
    }

    private static func begins(_ message: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        word.withUTF8Buffer { message.starts(with: $0) }
    }

    private static func names(_ message: UnsafeRawBufferPointer, _ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard let start = message.baseAddress, message.count >= count else { return false }
        return (0...message.count - count).contains { memcmp(start + $0, word.utf8Start, count) == 0 }
    }
}
