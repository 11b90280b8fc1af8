import ClusterModel
import HashRing

/// Where one service's ring, nodes and settings are kept between two runs of the registry.
///
/// A protocol, so that the registry's decisions and its HTTP answers are tested against a store that fails on demand.
protocol ServiceStore: Sendable {
    /// Everything that is kept; makes the service known if nobody has yet.
    func load() async throws(ServiceStoreError) -> StoredService
    /// Stores and announces a ring in one step.
    func commit(_ commit: PlannedRing) async throws(ServiceStoreError)
    /// What is stored now, without the document: to notice that the store forgot, or that somebody else wrote.
    func version() async throws(ServiceStoreError) -> RingVersion?
    /// Keeps a service's settings; the next ring then says them.
    func save(_ settings: ServiceSettings) async throws(ServiceStoreError)
    /// The newest entries of the history, newest first.
    func events(count: Int) async throws(ServiceStoreError) -> [StoredEvent]
}

/// What a registry resumes from.
struct StoredService: Sendable {
    /// The last settings; standard ones if none were ever kept.
    var settings = ServiceSettings.standard
    /// The registrations of the nodes of the last ring.
    var nodes: [NodeRecord] = []
    /// The last ring, if one is kept and it is valid.
    var snapshot: RingSnapshot?
    /// The epoch of the last ring, also if its document cannot be read.
    var epoch: Epoch?
    /// What could not be read, for the log.
    var damages: [String] = []
}

/// One step of a service's history.
struct StoredEvent: Sendable, Equatable {
    let epoch: UInt64
    /// When it was stored, in Unix milliseconds.
    let milliseconds: UInt64
    let cause: String
    let by: String
    let digest: String
}

/// Why the store did not do what was asked.
enum ServiceStoreError: Error, Equatable, CustomStringConvertible {
    /// It cannot be reached or does not let us in; nothing was written.
    case unavailable(String)
    /// No answer; it may have been written.
    case uncertain(String)
    /// It holds a ring that is not older; `nil` if it did not say which.
    case stale(stored: Epoch?)
    /// Somebody else leads this service.
    case notLeader(String)

    var description: String {
        switch self {
        case .unavailable(let reason), .uncertain(let reason): reason
        case .stale(let stored): "the store holds epoch \(stored.map(\.description) ?? "unknown"), which is not lower"
        case .notLeader(let holder): "another registry leads this service: \(holder)"
        }
    }
}

/// A ring that is ready to be stored, with everything that is stored with it.
struct PlannedRing: Sendable, Equatable {
    /// The ring, read back from its own sealed bytes.
    let snapshot: RingSnapshot
    /// Why the ring changed, one phrase per change.
    let causes: [String]
    /// Registrations that the store does not have yet, or not like this.
    let save: [NodeRecord]
    /// Nodes whose registrations are no longer needed.
    let forget: [NodeID]
    /// The settings, if the store has to be told them too, since it lost its data.
    let settings: ServiceSettings?

    /// Two plans are equal if they say the same of the ring and of what is stored with it.
    static func == (left: PlannedRing, right: PlannedRing) -> Bool {
        left.snapshot.version == right.snapshot.version && left.causes == right.causes && left.save == right.save
            && left.forget == right.forget && left.settings == right.settings
    }

    /// The causes as the history shows them; cut, since a thousand nodes may come at once.
    var cause: String {
        let shown = causes.prefix(16).joined(separator: ", ")
        return causes.count > 16 ? shown + " and \(causes.count - 16) more" : shown
    }
}
