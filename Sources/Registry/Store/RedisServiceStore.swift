import ClusterModel
import HashRing
import RedisLink
import RingSync

/// One service's ring, nodes and settings in Redis.
struct RedisServiceStore: ServiceStore {
    private let publisher: RingPublisher
    private let redis: RedisClient
    private let keyspace: Keyspace
    private let service: ServiceName
    /// Who writes, as the history shows it: `registry@127.0.0.1:7300`.
    private let writer: @Sendable () -> String

    init(_ service: ServiceName, keyspace: Keyspace, redis: RedisClient, writer: @escaping @Sendable () -> String) {
        self.service = service
        self.keyspace = keyspace
        self.redis = redis
        self.writer = writer
        publisher = RingPublisher(service: service, keyspace: keyspace, redis: redis)
    }

    func load() async throws(ServiceStoreError) -> StoredService {
        do throws(StoreError) {
            var stored = StoredService()
            do throws(StoreError) {
                stored.settings = try await publisher.settings()
            } catch .settings(let error) {
                stored.damages.append("settings, standard ones are used: \(error)")
            }
            let (records, unreadable) = try await publisher.nodes()
            stored.nodes = records
            stored.damages += unreadable.map { "registration of node \($0)" }
            if let ring = try await publisher.stored() {
                do throws(RingDocumentError) {
                    stored.snapshot = try RingSnapshot(bytes: ring.document, for: service)
                } catch {
                    stored.damages.append("ring: \(error)")
                }
                stored.epoch = [ring.epoch, stored.snapshot?.epoch].compactMap(\.self).max()
            }
            return stored
        } catch {
            throw ServiceStoreError(error)
        }
    }

    func commit(_ planned: PlannedRing) async throws(ServiceStoreError) {
        if let settings = planned.settings { try await save(settings) }
        // One registry for now: no leader is named and the fence stays 0. Both are checked in the script already.
        var commit = RingCommit(
            planned.snapshot, cause: planned.cause, by: writer(), at: WallClock.unixMilliseconds())
        commit.saved = planned.save
        commit.removed = planned.forget
        do throws(CommitError) {
            try await publisher.commit(commit)
        } catch {
            throw ServiceStoreError(error)
        }
    }

    func version() async throws(ServiceStoreError) -> RingVersion? {
        do throws(RedisError) {
            let reply = try await redis.command(
                "HMGET", RedisArgument(keyspace.ring(service)), "epoch", "digest")
            guard let fields = reply.elements, fields.count == 2,
                let epoch = fields[0].text.flatMap({ UInt64($0) }).flatMap({ Epoch($0) }),
                let digest = fields[1].text.flatMap({ Hex16.parse(Array($0.utf8)) })
            else { return nil }
            return RingVersion(epoch: epoch, digest: digest)
        } catch {
            throw ServiceStoreError(StoreError.redis(error))
        }
    }

    func save(_ settings: ServiceSettings) async throws(ServiceStoreError) {
        do throws(StoreError) {
            try await publisher.save(settings)
        } catch {
            throw ServiceStoreError(error)
        }
    }

    func events(count: Int) async throws(ServiceStoreError) -> [StoredEvent] {
        do throws(StoreError) {
            return try await publisher.events(count).map { event in
                StoredEvent(
                    epoch: event.epoch.value, milliseconds: UInt64(event.id.prefix { $0 != "-" }) ?? 0,
                    cause: event.cause, by: event.by, digest: event.digest)
            }
        } catch {
            throw ServiceStoreError(error)
        }
    }
}

extension ServiceStoreError {
    init(_ error: StoreError) {
        switch error {
        case .redis(let error):
            self = error.mayHaveRun ? .uncertain(error.description) : .unavailable(error.description)
        case .settings(let error): self = .unavailable(error.description)
        }
    }
}

extension ServiceStoreError {
    init(_ error: CommitError) {
        switch error {
        case .stale(let stored): self = .stale(stored: stored)
        case .notLeader(let holder): self = .notLeader(holder)
        case .fenced(let fence): self = .notLeader("fence \(fence)")
        case .unknown(let error): self = .uncertain(error.description)
        case .refused(let error): self = .unavailable(error.description)
        }
    }
}
