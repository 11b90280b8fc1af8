/// The keys of one service.
enum TokenKeys: Sendable {
    /// One key from a file of its own. It has no name, so a token's `kid` says nothing about it.
    case one(TokenKey)
    /// A key set: tokens say by `kid` which key is theirs.
    case set([TokenKey])

    /// How many keys there are.
    var count: Int {
        switch self {
        case .one: 1
        case .set(let keys): keys.count
        }
    }

    /// The one key that a token's header fits. In a set, a token without `kid` must leave no choice.
    ///
    /// The algorithm is the key's; a token can only agree. So an RSA key's public half is never tried as an HMAC secret.
    func key(for head: TokenHead) throws(TokenRefusal) -> TokenKey {
        let key: TokenKey
        switch self {
        case .one(let only): key = only
        case .set(let keys):
            let fitting = keys.filter { key in
                head.keyID.map { key.id == $0 } ?? (key.algorithm == head.algorithm)
            }
            guard let first = fitting.first, fitting.count == 1 else { throw .unknownKey }
            key = first
        }
        guard key.algorithm == head.algorithm else { throw .wrongAlgorithm }
        return key
    }
}
