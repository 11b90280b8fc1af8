import Foundation

/// The JSON line with which our programs say that they listen, as the parent reads it.
struct ReadyNotice: Decodable, Hashable {
    let ready: Bool
    let role: String
    var id: String?
    /// The registry's port.
    var http: String?
    /// A gateway's port for clients.
    var data: String?
    /// A node's ports.
    var link: String?
    var direct: String?
    var admin: String?

    /// The notice, if the line is one.
    init?(line: String) {
        guard line.hasPrefix("{"), let read = try? JSONDecoder().decode(Self.self, from: Data(line.utf8)), read.ready
        else { return nil }
        self = read
    }
}
