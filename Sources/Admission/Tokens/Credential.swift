import HashRing

/// What a verified token proves, and until when.
public struct Credential: Sendable, Equatable {
    /// Whose it is.
    public enum Holder: Sendable, Equatable {
        /// A user's: for sockets, and for questions about this user.
        case user(UserKey)
        /// A service's: for questions about anyone.
        case service
    }

    /// Whose it is.
    public let holder: Holder
    /// `exp`: Unix seconds.
    public let expires: Int64
}
