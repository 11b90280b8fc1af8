import ClusterModel
import SessionLink

/// What a client shows at any gateway to go on with its session there. Not a secret by itself: the session's id can't be
/// guessed, and the user must prove who it is again.
public struct ResumeToken: Hashable, Sendable {
    /// The session.
    public let session: SessionID
    /// The generation that the client was last attached with.
    public let generation: UInt32
    /// Where its state is.
    public let home: Home
    /// The service that it belongs to.
    public let service: ServiceName

    /// A token of these parts.
    public init(session: SessionID, generation: UInt32, home: Home, service: ServiceName) {
        self.session = session
        self.generation = generation
        self.home = home
        self.service = service
    }
}
