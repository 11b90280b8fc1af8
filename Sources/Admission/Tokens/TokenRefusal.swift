import ClusterModel
import HashRing
import WebSocketWire

/// Why a token lets nobody in. The reasons say enough to mend an honest client and nothing about keys.
public enum TokenRefusal: Error, Sendable, Equatable {
    /// There is none where one is needed.
    case missing
    /// It is no token, or one that may mean several things.
    case malformed(String)
    /// It names an algorithm that its key does not have, or that is not taken at all.
    case wrongAlgorithm
    /// It names no key that we know, or could be meant for several.
    case unknownKey
    /// The signature is not the key's.
    case badSignature
    /// Its `exp` has passed.
    case expired
    /// Its `nbf` or `iat` is yet to come.
    case notYetValid
    /// It is from somebody else.
    case wrongIssuer
    /// It is good, for another service.
    case otherService
    /// It is good, for another user than the one asked for.
    case otherUser
    /// It is a service's; sockets belong to users.
    case notAUser
    /// It is good, but its user breaks the key rules (Ring v1 §2).
    case badUser(UserKeyError)

    /// Why, in a few words.
    public var reason: String {
        switch self {
        case .missing: "a token is needed: Authorization: Bearer, the subprotocol bearer.<token>, or ?token="
        case .malformed(let what): "the token is malformed: \(what)"
        case .wrongAlgorithm: "the token's algorithm is not its key's"
        case .unknownKey: "the token names no known key"
        case .badSignature: "the token's signature is wrong"
        case .expired: "the token is expired"
        case .notYetValid: "the token is not valid yet"
        case .wrongIssuer: "the token is from another issuer"
        case .otherService: "the token is for another service"
        case .otherUser: "the token is for another user"
        case .notAUser: "a service's token opens no socket"
        case .badUser(let error): "the token's user breaks the rules for users: \(error)"
        }
    }

    /// The answer to the request: 401 for no or bad credentials, 403 for good ones of something else, 400 for a user that
    /// nobody may have.
    public var refusal: HTTPRefusal {
        switch self {
        case .missing: .unauthorized(reason)
        case .otherService, .otherUser, .notAUser: .forbidden(reason)
        case .badUser: HTTPRefusal(status: 400, code: "bad_user", message: reason)
        case .malformed, .wrongAlgorithm, .unknownKey, .badSignature, .expired, .notYetValid, .wrongIssuer:
            // RFC 6750 §3: a request that came without credentials is told no error.
            HTTPRefusal(
                status: 401, code: "unauthorized", message: reason,
                headers: [HTTPField("WWW-Authenticate", #"Bearer error="invalid_token""#)])
        }
    }
}
