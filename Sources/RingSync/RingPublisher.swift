import ClusterModel
import HashRing
import RedisLink

/// Writes one service's rings to Redis and reads back what a leader resumes from. Copies share the connection.
public struct RingPublisher: Sendable {
    /// The service whose ring is written.
    public let service: ServiceName
    let keyspace: Keyspace
    let redis: RedisClient

    /// A publisher on a connection that its owner starts and stops.
    public init(service: ServiceName, keyspace: Keyspace, redis: RedisClient) {
        self.service = service
        self.keyspace = keyspace
        self.redis = redis
    }

    /// Stores and announces a ring and the nodes' records behind it, in one step that no reader sees half done.
    ///
    /// After `CommitError.unknown` the ring may be stored or not: commit the same bytes again (a ring that is already there
    /// answers `alreadyStored`) or look with `stored()`.
    ///
    /// - Parameter deadline: from now to the answer; a leader gives what is left of its lease.
    @discardableResult
    public func commit(
        _ commit: RingCommit, deadline: Duration = .seconds(2)
    ) async throws(CommitError) -> CommitOutcome {
        let keys = [
            keyspace.ring(service), keyspace.events(service), keyspace.leader(service), keyspace.nodes(service),
        ]
        do throws(RedisError) {
            // Not in the script: this key lies in another slot of a Redis Cluster. A name too much does no harm.
            _ = try await redis.command(
                ["SADD", RedisArgument(keyspace.services), RedisArgument(service.text)], deadline: deadline)
            let answer = try await RedisScript.commit.run(
                redis, keys: keys, arguments: commit.arguments, deadline: deadline)
            return answer == .simple("SAME") ? .alreadyStored : .stored
        } catch {
            throw CommitError(error)
        }
    }
}

/// One ring to be committed, and what belongs to it.
public struct RingCommit: Sendable {
    /// The sealed document; its own epoch and digest are what is stored.
    public let snapshot: RingSnapshot
    /// Who leads, as in the leader key; empty: not checked.
    public var leader = ""
    /// The leader's fencing number; 0 if there is none.
    public var fence: UInt64 = 0
    /// Why the ring changed, for people: `up node-3`.
    public var cause: String
    /// Which process wrote it, for people.
    public var by: String
    /// Unix time in milliseconds.
    public var at: UInt64
    /// Records to write into the nodes hash.
    public var saved: [NodeRecord] = []
    /// Nodes to remove from the nodes hash.
    public var removed: [NodeID] = []

    /// A commit of a ring that was read back from its own sealed bytes, so what is written is known to be valid.
    public init(_ snapshot: RingSnapshot, cause: String, by: String, at: UInt64) {
        self.snapshot = snapshot
        self.cause = cause
        self.by = by
        self.at = at
    }

    /// ARGV of `redis/commit.lua`.
    var arguments: [RedisArgument] {
        var list: [RedisArgument] = [
            RedisArgument(leader), RedisArgument(fence), RedisArgument(snapshot.epoch.value),
            RedisArgument(Hex16.string(snapshot.digest)), RedisArgument(cause), RedisArgument(by), RedisArgument(at),
            RedisArgument(snapshot.bytes), RedisArgument(saved.count),
        ]
        for record in saved { list += [RedisArgument(record.id.text), RedisArgument(record.json)] }
        for id in removed { list.append(RedisArgument(id.text)) }
        return list
    }
}

/// What became of a commit.
public enum CommitOutcome: Hashable, Sendable {
    /// Stored and announced.
    case stored
    /// This very document was stored before; announced then, not now.
    case alreadyStored
}
