/// The ring key of a group: the byte 0x1D followed by the group's id, so that it never collides with a user's.
public struct GroupKey: Hashable, Sendable, CustomStringConvertible {
    /// The first byte of every group's key; no user may contain it.
    public static let prefix: UInt8 = 0x1d

    /// The group's id: follows the rules of a user.
    public let id: UserKey

    /// Takes a group's id.
    public init(id: UserKey) {
        self.id = id
    }

    /// The bytes that are hashed.
    public var bytes: [UInt8] {
        [Self.prefix] + id.bytes
    }

    /// The id for a log line, marked as a group's.
    public var description: String {
        "group " + id.description
    }
}
