import HashRing

/// Every Redis key and channel there is.
///
/// The braces are a hash tag: all keys of one service lie in one slot of a Redis Cluster, so that one script may touch
/// them. The prefix separates clusters that share a Redis; database numbers can not, since they do not scope channels.
public struct Keyspace: Hashable, Sendable {
    /// The prefix of a cluster that was given none.
    public static let standard = Keyspace()

    /// What every key and channel starts with.
    public let prefix: String

    /// Takes a prefix of 1 to 64 letters, digits and `.`, `_`, `-`, `:`.
    public init(prefix: String) throws(KeyspaceError) {
        guard Identifier.matches(prefix.utf8, lengths: 1...64, punctuation: "._:-", anyStart: true) else {
            throw .invalidPrefix(String(prefix.prefix(80)))
        }
        self.prefix = prefix
    }

    private init() {
        prefix = "ringway"
    }

    /// Set: the names of all services.
    public var services: String { "\(prefix):services" }

    /// Hash: `document`, `epoch`, `digest`, `fence`, `cause`, `by`, `at`.
    public func ring(_ service: ServiceName) -> String { "\(prefix):{\(service)}:ring" }

    /// Hash: node id → registration as JSON.
    public func nodes(_ service: ServiceName) -> String { "\(prefix):{\(service)}:nodes" }

    /// Hash: `vnodes`, `plan`, `delivery`, `close_over_ms`, `move_rate`, `moves_in_flight`.
    public func settings(_ service: ServiceName) -> String { "\(prefix):{\(service)}:settings" }

    /// String with a time to live: `holder#fence`.
    public func leader(_ service: ServiceName) -> String { "\(prefix):{\(service)}:leader" }

    /// Stream: one entry per epoch.
    public func events(_ service: ServiceName) -> String { "\(prefix):{\(service)}:events" }

    /// Channel: the new document, or epoch and digest of one too long to send.
    public func ringChannel(_ service: ServiceName) -> String { "\(prefix):{\(service)}:ring" }

    /// Channel: messages of delivery mode `broadcast`.
    public func broadcastChannel(_ service: ServiceName) -> String { "\(prefix):{\(service)}:broadcast" }
}

/// Why a text can not be the prefix of keys.
public enum KeyspaceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Empty, too long, or with a character that is not allowed (braces would make another hash tag).
    case invalidPrefix(String)

    /// What is wrong, for people.
    public var description: String {
        switch self {
        case .invalidPrefix(let text): "'\(text)' is not a key prefix (1 to 64 of A-Z a-z 0-9 . _ - :)"
        }
    }
}
