import HashRing

/// What a service asks of a token besides a good signature.
public struct TokenRules: Sendable, Equatable {
    /// How far clocks may differ, in seconds. For letting in only: a session ends at `exp` by our clock.
    public static let tolerance: Int64 = 60

    /// What `iss` must be; nil takes any issuer, since the key already says who signed.
    public let issuer: [UInt8]?
    /// What must be in `aud`. There is always one, or a token for one service would open the next.
    public let audience: [UInt8]
    /// The claim that names the user.
    public let userClaim: String

    /// Rules in bytes: texts that only look alike are different.
    public init(issuer: String? = nil, audience: String, userClaim: String = "sub") {
        self.issuer = issuer.map { Array($0.utf8) }
        self.audience = Array(audience.utf8)
        self.userClaim = userClaim
    }

    /// Judges the claims of a token whose signature is good.
    ///
    /// 1. time · 2. issuer · 3. service · 4. holder
    ///
    /// - Parameter now: Unix seconds.
    func credential(_ claims: TokenClaims, at now: Int64) throws(TokenRefusal) -> Credential {
        guard now < claims.expires + Self.tolerance else { throw .expired }  // 1
        if let start = claims.validFrom, now < start - Self.tolerance { throw .notYetValid }
        if let issuer, claims.issuer != issuer { throw .wrongIssuer }  // 2
        guard claims.audience.contains(audience) else { throw .otherService }  // 3
        if claims.isService { return Credential(holder: .service, expires: claims.expires) }  // 4
        guard let bytes = claims.user else { throw .malformed("in its payload, '\(userClaim)' is missing") }
        do throws(UserKeyError) {
            return Credential(holder: .user(try UserKey(bytes: bytes)), expires: claims.expires)
        } catch {
            throw .badUser(error)
        }
    }
}
