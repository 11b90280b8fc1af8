import ClusterModel
import Edge
import HashRing
import Reactor
import WebSocketWire

/// One loop's desk at the door: settles who a client is, and watches over those who live by a token.
///
/// ```
/// request ─ claim (read on the loop) ─▶ user ────────────────────────────────▶ go on
///                 └──▶ token ─ signature and rules (off the loop) ─▶ credential ─▶ go on, until exp
///                        └──▶ 400, 401          └──▶ 401, 403, 503
/// ```
/// Where no tokens are needed it costs nothing: no table, no timer, one test of a flag per message.
public final class IdentityDesk {
    /// Who a client proved to be, and until when that holds.
    public struct Identity: Sendable {
        /// The user.
        public let user: UserKey
        /// Unix seconds; nil where users are not verified.
        public let expires: Int64?
    }

    /// The process' rules.
    public let rules: IdentityRules
    /// Whether messages have to be shown to `takes`.
    public let watches: Bool
    private let queue: VerificationQueue?
    private let sessions: TokenSessions?

    /// A desk on the loop.
    public init(loop: EventLoop, rules: IdentityRules, clock: WallClock = .system) {
        self.rules = rules
        watches = rules.needsTokens
        let queue = watches ? VerificationQueue(loop: loop, clock: clock) : nil
        self.queue = queue
        sessions = queue.map { TokenSessions(loop: loop, clock: clock, queue: $0) }
    }

    /// Settles who asks for a WebSocket. The answer comes at once where nothing is verified, else later on this loop, and not
    /// at all if the client was `ended` meanwhile.
    public func settle(
        _ claim: IdentityRules.Claim, for client: ClientID, _ answer: @escaping (Result<Identity, HTTPRefusal>) -> Void
    ) {
        switch claim {
        case .user(let user): answer(.success(Identity(user: user, expires: nil)))
        case .token(let reading):
            prove(reading, for: client) { result in
                answer(result.flatMap { credential in Self.identity(credential) })
            }
        }
    }

    /// Settles what a plain request may ask: about one user, or about anyone.
    public func prove(
        _ reading: TokenVerifier.Reading, for client: ClientID,
        _ answer: @escaping (Result<Credential, HTTPRefusal>) -> Void
    ) {
        guard let queue else { preconditionFailure("a token was read where none is needed") }
        queue.verify(reading, for: client, answer)
    }

    private static func identity(_ credential: Credential) -> Result<Identity, HTTPRefusal> {
        switch credential.holder {
        case .user(let user): .success(Identity(user: user, expires: credential.expires))
        case .service: .failure(TokenRefusal.notAUser.refusal)
        }
    }

    /// The client was accepted as who it proved to be; from now on it is closed when that no longer holds.
    public func begin(_ client: ClientID, expires: Int64?, edge: EdgeServer) {
        if let expires { sessions?.begin(client, expires: expires, edge: edge) }
    }

    /// Takes a message that brings a fresh token; false for every other. Ask only if `watches`.
    public func takes(
        _ message: UnsafeRawBufferPointer, _ opcode: DataOpcode, from client: ClientID, service: ServiceName,
        user: () -> UserKey?
    ) -> Bool {
        guard opcode == .text, TokenMessage.begins(message), let sessions, let verifier = rules.verifier(service),
            let user = user()
        else { return false }
        sessions.renew(message, from: client, user: user, verifier: verifier)
        return true
    }

    /// The client is gone, accepted or not.
    public func ended(_ client: ClientID) {
        queue?.forget(client)
        sessions?.end(client)
    }
}
