import ClusterModel
import Reactor

/// Checks the tokens of one service: strict reading of our own first, then the signature through jwt-kit, then the rules.
///
/// Any thread may use it. New keys take effect for the next token; sockets that are open keep what their tokens earned.
public final class TokenVerifier: Sendable {
    /// The service whose tokens these are.
    public let service: ServiceName
    let file: KeyFile
    private let rules: TokenRules
    private let keys: Locked<TokenKeys>

    init(service: ServiceName, rules: TokenRules, file: KeyFile, keys: TokenKeys) {
        self.service = service
        self.rules = rules
        self.file = file
        self.keys = Locked(keys)
    }

    /// A token that was read and has found its key, but is not believed yet.
    public struct Reading: Sendable {
        fileprivate let token: CompactToken
        fileprivate let claims: TokenClaims
        fileprivate let key: TokenKey
        fileprivate let rules: TokenRules

        /// The user that the token *claims* to be of: good for choosing where to check it, and for nothing else.
        public var claimedUser: [UInt8]? { claims.isService ? nil : claims.user }

        /// Checks the signature, which takes up to a tenth of a millisecond, and then the rules.
        ///
        /// The signature comes first, so that nobody learns from a made-up token what a good one would have to say.
        ///
        /// - Parameter now: Unix seconds.
        public func verified(at now: Int64) throws(TokenRefusal) -> Credential {
            guard key.signed(token.signed, with: token.signature) else { throw .badSignature }
            return try rules.credential(claims, at: now)
        }
    }

    /// Reads a token strictly and finds its key. Bounded by the token's 8 KiB.
    public func read(_ token: [UInt8]) throws(TokenRefusal) -> Reading {
        let token = try CompactToken(token)
        let head = try TokenHead(token.header)
        let key = try keys.withLock { $0 }.key(for: head)
        let claims = try TokenClaims(token.payload, userClaim: rules.userClaim)
        return Reading(token: token, claims: claims, key: key, rules: rules)
    }

    /// Reads the key file again. A file that is not good in every detail changes nothing.
    ///
    /// - Returns: how many keys are in force now.
    func reload() async throws(KeyFileProblems) -> Int {
        let fresh = try await file.read()
        keys.withLock { $0 = fresh }
        return fresh.count
    }
}
