import ClusterModel
import HashRing
import RedisLink

extension RingPublisher {
    /// The stored ring; nil if there is none.
    public func stored() async throws(StoreError) -> StoredRing? {
        let names = ["document", "epoch", "digest", "fence", "cause", "by", "at"]
        let reply = try await ask(
            [RedisArgument("HMGET"), RedisArgument(keyspace.ring(service))] + names.map { RedisArgument($0) })
        guard let fields = reply.elements, fields.count == names.count, let document = fields[0].bytes else {
            return nil
        }
        return StoredRing(
            document: document, epoch: fields[1].integer.flatMap { Epoch(UInt64(clamping: $0)) },
            digest: fields[2].text ?? "", fence: fields[3].integer.map { UInt64(clamping: $0) } ?? 0,
            cause: fields[4].text ?? "", by: fields[5].text ?? "",
            at: fields[6].integer.map { UInt64(clamping: $0) } ?? 0)
    }

    /// The registrations that a new leader resumes from, by id. What cannot be read is left out and named in `unreadable`.
    public func nodes() async throws(StoreError) -> (records: [NodeRecord], unreadable: [String]) {
        var records: [NodeRecord] = []
        var unreadable: [String] = []
        for (id, json) in try await pairs(keyspace.nodes(service)) {
            if let record = try? NodeRecord(json: json), record.id.text == id {
                records.append(record)
            } else {
                unreadable.append(id)
            }
        }
        return (records.sorted { $0.id < $1.id }, unreadable.sorted())
    }

    /// Writes a registration that changes no ring (the same node with another address, say).
    public func save(_ record: NodeRecord) async throws(StoreError) {
        _ = try await ask(
            ["HSET", RedisArgument(keyspace.nodes(service)), RedisArgument(record.id.text), RedisArgument(record.json)])
    }

    /// Removes a registration that is in no ring.
    public func remove(_ id: NodeID) async throws(StoreError) {
        _ = try await ask(["HDEL", RedisArgument(keyspace.nodes(service)), RedisArgument(id.text)])
    }

    /// The service's settings; a field that is not stored has its default.
    public func settings() async throws(StoreError) -> ServiceSettings {
        var fields: [String: String] = [:]
        for (name, value) in try await pairs(keyspace.settings(service)) {
            fields[name] = String(decoding: value, as: UTF8.self)
        }
        do { return try ServiceSettings(fields: fields) } catch { throw .settings(error) }
    }

    /// Writes the service's settings.
    public func save(_ settings: ServiceSettings) async throws(StoreError) {
        var command: [RedisArgument] = ["HSET", RedisArgument(keyspace.settings(service))]
        for (name, value) in settings.fields { command += [RedisArgument(name), RedisArgument(value)] }
        _ = try await ask(command)
    }

    /// The newest changes, newest first, without their documents.
    ///
    /// - Parameter count: 1...1000.
    public func events(_ count: Int = 100) async throws(StoreError) -> [RingEvent] {
        let reply: RESPValue
        do {
            reply = try await RedisScript.events.run(
                redis, keys: [keyspace.events(service)], arguments: [RedisArgument(max(1, min(count, 1000)))])
        } catch {
            throw .redis(error)
        }
        return (reply.elements ?? []).compactMap { entry in
            guard let parts = entry.elements?.map({ $0.text ?? "" }), parts.count == 5,
                let epoch = UInt64(parts[1]).flatMap({ Epoch($0) })
            else { return nil }
            return RingEvent(id: parts[0], epoch: epoch, cause: parts[2], by: parts[3], digest: parts[4])
        }
    }

    /// The names of all services that ever had a ring, sorted.
    public func services() async throws(StoreError) -> [ServiceName] {
        let reply = try await ask(["SMEMBERS", RedisArgument(keyspace.services)])
        return (reply.elements ?? []).compactMap { $0.text.flatMap { try? ServiceName($0) } }.sorted()
    }

    private func ask(_ command: [RedisArgument]) async throws(StoreError) -> RESPValue {
        do { return try await redis.command(command) } catch { throw .redis(error) }
    }

    private func pairs(_ key: String) async throws(StoreError) -> [(String, [UInt8])] {
        let list = try await ask(["HGETALL", RedisArgument(key)]).elements ?? []
        return stride(from: 0, to: list.count - 1, by: 2).compactMap { index in
            guard let name = list[index].text, let value = list[index + 1].bytes else { return nil }
            return (name, value)
        }
    }
}

/// The ring hash as it is stored, not yet checked.
public struct StoredRing: Hashable, Sendable {
    /// The sealed document.
    public let document: [UInt8]
    /// The field beside it; nil if it is spoilt.
    public let epoch: Epoch?
    /// The field beside it, 16 hex digits.
    public let digest: String
    /// The fencing number of the leader that wrote it.
    public let fence: UInt64
    /// Why the ring changed.
    public let cause: String
    /// Which process wrote it.
    public let by: String
    /// Unix time in milliseconds.
    public let at: UInt64
}

/// One entry of the events stream.
public struct RingEvent: Hashable, Sendable {
    /// The stream's own id: `milliseconds-number`, by Redis's clock.
    public let id: String
    /// The epoch that was committed.
    public let epoch: Epoch
    /// Why.
    public let cause: String
    /// By which process.
    public let by: String
    /// The document's digest, 16 hex digits.
    public let digest: String
}

/// Why something could not be read from the store, or written beside a ring.
public enum StoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Redis did not do it, or did not say so in time.
    case redis(RedisError)
    /// The settings are not valid.
    case settings(FieldError)

    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .redis(let error): error.description
        case .settings(let error): "the service's settings: \(error)"
        }
    }
}
