import ClusterModel
import Edge
import HashRing
import WebSocketWire

/// Who may come in through one process' door, and as whom. A value that all loops share.
public struct IdentityRules: Sendable {
    /// How users are known.
    public enum Source: Sendable {
        /// From a place in the request. Nothing is verified.
        case request(UserSource)
        /// From a token; each service has its own verifier.
        case tokens([ServiceName: TokenVerifier])
    }

    /// How users are known.
    public let source: Source
    /// Which pages may connect.
    public let origins: OriginRules

    /// Rules of these parts.
    public init(source: Source, origins: OriginRules = OriginRules()) {
        self.source = source
        self.origins = origins
    }

    /// Whether every session here came with a token.
    public var needsTokens: Bool {
        if case .tokens = source { true } else { false }
    }

    /// The service that a request for a WebSocket names.
    ///
    /// - Throws: 404 for another shape of path or a name that no service can have.
    public func service(of head: HTTPHead) throws(HTTPRefusal) -> ServiceName {
        switch source {
        case .request(let place): try place.service(of: head)
        case .tokens: try UserSource.service(of: head, userInPath: false)
        }
    }

    /// What a request says about who sends it.
    public enum Claim: Sendable {
        /// The user, as far as anybody checks it here.
        case user(UserKey)
        /// A token that was read and not yet verified.
        case token(TokenVerifier.Reading)

        /// Whose it claims to be: good for choosing where to go on, and for nothing else.
        public var claimedUser: [UInt8]? {
            switch self {
            case .user(let user): user.bytes
            case .token(let reading): reading.claimedUser
            }
        }
    }

    /// Reads who a WebSocket request says it is from.
    ///
    /// - Throws: what the client is to be answered: 400, 401, 404.
    public func claim(of request: UpgradeRequest, for service: ServiceName) throws(HTTPRefusal) -> Claim {
        switch source {
        case .request(let place): .user(try place.user(of: request.head))
        case .tokens: .token(try reading(request.head, request.subprotocols, service))
        }
    }

    /// Reads the token of a plain request; nil where none is needed.
    public func claim(of head: HTTPHead, for service: ServiceName) throws(HTTPRefusal) -> Claim? {
        switch source {
        case .request: nil
        case .tokens: .token(try reading(head, [], service))
        }
    }

    private func reading(
        _ head: HTTPHead, _ subprotocols: [String], _ service: ServiceName
    ) throws(HTTPRefusal) -> TokenVerifier.Reading {
        guard let verifier = verifier(service) else { throw .notFound("no service '\(service)' here") }
        guard let token = try TokenPlace.token(of: head, subprotocols: subprotocols) else {
            throw TokenRefusal.missing.refusal
        }
        do throws(TokenRefusal) {
            return try verifier.read(token)
        } catch {
            throw error.refusal
        }
    }

    /// The verifier of a service; nil where tokens are not needed.
    func verifier(_ service: ServiceName) -> TokenVerifier? {
        if case .tokens(let verifiers) = source { verifiers[service] } else { nil }
    }

    /// Reads every key file again. Each service's keys change only if its file is good.
    ///
    /// - Returns: what is in force now, for a log line.
    /// - Throws: `KeyReloadProblem`, which names the files that are not good.
    public func reload() async throws -> String {
        guard case .tokens(let verifiers) = source else { return "no keys" }
        var count = 0
        var problems: [String] = []
        for (service, verifier) in verifiers.sorted(by: { $0.key < $1.key }) {
            do throws(KeyFileProblems) {
                count += try await verifier.reload()
            } catch {
                problems.append("\(service): \(verifier.file.path) \(error)")
            }
        }
        guard problems.isEmpty else { throw KeyReloadProblem(description: problems.joined(separator: "; ")) }
        return "\(count) token keys for \(verifiers.count) services"
    }

    /// Which key files could not be taken.
    struct KeyReloadProblem: Error, CustomStringConvertible {
        let description: String
    }
}
