import ClusterModel
import HashRing

/// One service at one moment, for people: what `GET …/nodes` and the list of services show.
struct ServicePicture: Sendable {
    let service: ServiceName
    let settings: ServiceSettings
    let ring: RingSnapshot?
    let entries: [Membership.Entry]
    let lease: Duration
    let isFrozen: Bool
    private let now: Duration

    init(_ machine: ServiceMachine, at now: Duration) {
        service = machine.service
        settings = machine.settings
        ring = machine.held
        entries = machine.membership.all
        lease = machine.timing.lease
        isFrozen = machine.membership.isFrozen
        self.now = now
    }

    /// How many nodes are in a state: up, draining, down.
    func count(_ isWanted: (Membership.State) -> Bool) -> Int {
        entries.count { isWanted($0.state) }
    }

    /// The nodes with everything known of them; `share` is of the stored ring.
    func nodesJSON() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.string("service", service.text)
        writer.integer("epoch", ring?.epoch.value ?? 0)
        writer.integer("lease_ms", lease.milliseconds)
        writer.boolean("frozen", isFrozen)
        writer.beginArray("nodes")
        for entry in entries { write(entry, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private func write(_ entry: Membership.Entry, to writer: inout JSONWriter) {
        let record = entry.record
        writer.beginObject()
        writer.string("id", record.id.text)
        writer.string("state", entry.state.word)
        writer.integer("incarnation", record.incarnation.value)
        writer.string("kind", record.kind.rawValue)
        writer.string("address", record.address.description)
        writer.string("url", record.url.text)
        writer.integer("weight", UInt64(record.weight))
        writer.string("zone", record.zone)
        writer.integer("loops", UInt64(record.loops))
        if let ring { writer.raw("share", "\(ring.ring.share(of: record.id).fraction)".utf8) }
        writer.integer("sessions", UInt64(max(0, entry.heartbeat?.sessions ?? 0)))
        writer.integer("epoch", entry.heartbeat?.epoch?.value ?? 0)
        writer.integer("silent_ms", (now - entry.lastHeard).milliseconds)
        writer.integer("since_ms", (now - entry.since).milliseconds)
        writer.endObject()
    }

    /// One entry of the list of services.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.string("service", service.text)
        writer.integer("epoch", ring?.epoch.value ?? 0)
        writer.integer("up", UInt64(count { $0 == .up }))
        writer.integer("draining", UInt64(count { $0 == .draining }))
        writer.integer("down", UInt64(count { $0.onRing == nil }))
        writer.raw("settings", settings.json)
        writer.endObject()
    }
}

extension Membership.State {
    /// The state as answers say it.
    var word: String {
        switch self {
        case .up: "up"
        case .draining: "draining"
        case .down: "down"
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded down; nothing below zero.
    var milliseconds: UInt64 {
        UInt64(max(0, components.seconds)) * 1000 + UInt64(max(0, components.attoseconds)) / 1_000_000_000_000_000
    }
}
