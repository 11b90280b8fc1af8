import ClusterModel
import HashRing
import Testing

@testable import Registry

/// Values that tests of this target share.
enum Sample {
    static func service(_ text: String = "chat") throws -> ServiceName { try ServiceName(text) }

    static func record(
        _ id: String, incarnation: UInt64 = 1, address: String = "127.0.0.1:7100", weight: Int = 100, key: String? = nil
    ) throws -> NodeRecord {
        try NodeRecord(
            id: id, incarnation: incarnation, address: address, url: "ws://127.0.0.1:7200/chat", weight: weight,
            key: key)
    }

    /// What every node of these tests registers with, unless the test is about that.
    static var proofKey: ProofKey? { ProofKey(hex: proofKeyText) }
    static let proofKeyText = String(repeating: "5a", count: 32)

    static func id(_ text: String) throws -> NodeID { try NodeID(text) }

    static func incarnation(_ number: UInt64) throws -> Incarnation { try #require(Incarnation(number)) }

    static func epoch(_ number: UInt64) throws -> Epoch { try #require(Epoch(number)) }

    /// Epochs come quickly, no lease ends unless a test waits for it, and a node that is there answers in time on a slow machine.
    static let timing = RegistryTiming(
        lease: .seconds(60), heartbeat: .seconds(1), gather: .milliseconds(50), callBack: .seconds(3))
    /// Leases that a test can wait for; whoever uses it sends heartbeats.
    static let shortLease = RegistryTiming(
        lease: .seconds(3), heartbeat: .milliseconds(200), gather: .milliseconds(50), callBack: .seconds(3))
}

/// A machine with a clock in its hand and a store that does what the test says.
struct Scene {
    var machine: ServiceMachine
    var now = Duration.zero
    /// The wall clock starts here and goes with `now`.
    let unixStart: UInt64 = 1_000_000
    private(set) var commits: [PlannedRing] = []
    private(set) var actions: [ServiceMachine.Action] = []
    /// What the next attempts to store meet; empty: they succeed.
    var failures: [ServiceStoreError] = []
    /// What the store would say it holds.
    var storeHolds: RingVersion?

    init(stored: StoredService = StoredService()) throws {
        machine = ServiceMachine(try Sample.service(), timing: RegistryTiming())
        machine.resume(stored, at: .zero)
        storeHolds = stored.snapshot?.version
    }

    /// What the store holds after everything that was committed.
    var stored: StoredService {
        var stored = StoredService()
        stored.settings = machine.settings
        stored.snapshot = machine.held
        stored.epoch = machine.held?.epoch
        var nodes: [NodeID: NodeRecord] = [:]
        for commit in commits {
            for record in commit.save { nodes[record.id] = record }
            for id in commit.forget { nodes[id] = nil }
        }
        stored.nodes = nodes.values.sorted { $0.id < $1.id }
        return stored
    }

    /// Ids on the stored ring with their weight.
    var ring: [String: Int] {
        Dictionary(uniqueKeysWithValues: (machine.held?.nodes ?? []).map { ($0.id.text, $0.weight) })
    }

    /// Lets time pass in the steps the machine asks for, doing what it says.
    mutating func advance(by time: Duration, heartbeats: [NodeRecord] = []) throws {
        let end = now + time
        var nextBeat = now
        while now < end {
            if now >= nextBeat {
                for record in heartbeats {
                    try machine.heartbeat(record.id, Heartbeat(incarnation: record.incarnation), at: now)
                }
                nextBeat = now + .milliseconds(500)
            }
            step()
            let deadline = heartbeats.isEmpty ? end : min(end, nextBeat)
            now = min(deadline, max(now + .milliseconds(1), machine.nextDeadline(at: now)))
        }
        step()
    }

    private mutating func step() {
        let unix = unixStart + now.milliseconds
        for action in machine.advance(to: now, unixMilliseconds: unix) {
            actions.append(action)
            guard case .commit(let commit) = action else { continue }
            if failures.isEmpty {
                let whole = machine.completed(commit, storeHolds: storeHolds)
                commits.append(whole)
                machine.committed(whole)
                storeHolds = whole.snapshot.version
            } else {
                machine.failed(commit, failures.removeFirst(), at: now)
            }
        }
    }

    /// Registers without a call back, as after one that succeeded.
    mutating func join(_ record: NodeRecord, replacing gone: UInt64? = nil) throws {
        actions += try machine.register(record, replacing: gone.flatMap { Incarnation($0) }, at: now)
    }
}
