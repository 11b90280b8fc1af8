import Foundation
import RingwayClient

/// The body of an error answer: `{"error":{"code":…,"message":…}}`.
struct ServerRefusal: Decodable, Hashable {
    let code: String
    let message: String

    private enum CodingKeys: CodingKey { case error }
    private enum ErrorKeys: CodingKey { case code, message }

    init(from decoder: any Decoder) throws {
        let error = try decoder.container(keyedBy: CodingKeys.self).nestedContainer(
            keyedBy: ErrorKeys.self, forKey: .error)
        code = try error.decode(String.self, forKey: .code)
        message = try error.decode(String.self, forKey: .message)
    }

    /// Reads a body; nil if it is something else.
    init?(_ body: [UInt8]) {
        guard let read = try? JSONDecoder().decode(Self.self, from: Data(body)) else { return nil }
        self = read
    }
}

extension HTTPRefused {
    /// What the server says, or the start of what it sent instead.
    var message: String { ServerRefusal(Array(body.utf8))?.message ?? String(body.prefix(200)) }
}
