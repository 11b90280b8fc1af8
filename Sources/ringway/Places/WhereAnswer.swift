import Foundation

/// What a gateway says of a user's owner.
struct WhereAnswer: Decodable, Sendable {
    let service: String
    let user: String
    let node: String
    let url: String?
    let epoch: UInt64
    let position: String

    /// For people.
    var sentence: String {
        let direct = url.map { ", directly at \($0)" } ?? ""
        return
            "\(Printable.text(user)) is at \(position) on the ring of \(service); its owner is \(node)\(direct) (epoch \(epoch))"
    }

    /// Asks the first gateway that can be reached; gives its words as they came, too.
    static func ask(
        _ user: String, _ service: String, _ gateways: [ServerAddress]
    ) async throws(Failure) -> (answer: WhereAnswer, body: [UInt8]) {
        let path = "/v1/services/\(PercentEncoding.text(service))/where?user=\(PercentEncoding.text(user))"
        let body = try await ServerCall.send("GET", path, to: gateways, role: "gateway")
        return (try ServerCall.decode(WhereAnswer.self, body, from: "the gateway"), body)
    }
}
