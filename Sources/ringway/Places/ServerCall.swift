import Foundation
import Operations

/// One HTTP call to a registry or a gateway, with errors for people.
enum ServerCall {
    /// The answer's body, from the first server that can be reached.
    ///
    /// - Parameters:
    ///   - role: what is called, for the error's sake: `registry`, `gateway`.
    ///   - token: what shows who calls.
    /// - Throws: `Failure` if nobody answers, or the answer is an error.
    static func send(
        _ method: String, _ path: String, to servers: [ServerAddress], role: String, body: [UInt8] = [],
        token: AccessToken? = nil, deadline: Duration = .seconds(5)
    ) async throws(Failure) -> [UInt8] {
        var unreachable: [String] = []
        for server in servers {
            do {
                let answer = try await HTTPCall.send(
                    method, try server.url(path), body: body, headers: token.map { [$0.header] } ?? [],
                    deadline: deadline)
                guard (200..<300).contains(answer.status) else {
                    throw Failure("\(role) \(server) refused \(method) \(path): \(reason(answer))")
                }
                return answer.body
            } catch HTTPCallError.unreachable {
                unreachable.append("\(server)")
            } catch let failure as Failure {
                throw failure
            } catch {
                throw Failure("\(error)")
            }
        }
        throw Failure(
            "no \(role) at \(unreachable.joined(separator: ", ")); `ringway dev` starts a cluster, "
                + "--\(role) or RINGWAY_\(role.uppercased()) names one that runs")
    }

    private static func reason(_ answer: HTTPAnswer) -> String {
        guard let refusal = ServerRefusal(answer.body) else { return "status \(answer.status)" }
        return "\(refusal.message) (\(answer.status) \(refusal.code))"
    }

    /// The body as `Form`.
    static func decode<Form: Decodable>(_ type: Form.Type, _ body: [UInt8], from what: String) throws(Failure) -> Form {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw Failure("\(what) answered something else than expected: \(error)")
        }
    }
}
