import ClusterModel
import HashRing

/// Small rings that can be read by eye.
enum Rings {
    static func service(_ name: String = "chat") throws -> ServiceName { try ServiceName(name) }

    static func snapshot(
        _ epoch: UInt64, _ ids: String..., service: String = "chat", vnodes: Int = 8, seed: UInt64 = 0
    ) throws -> RingSnapshot {
        try snapshot(epoch, ids, service: service, vnodes: vnodes, seed: seed)
    }

    static func snapshot(
        _ epoch: UInt64, _ ids: [String], service: String = "chat", vnodes: Int = 8, seed: UInt64 = 0
    ) throws -> RingSnapshot {
        let name = try Self.service(service)
        return try RingSnapshot(bytes: bytes(epoch, ids, service: service, vnodes: vnodes, seed: seed), for: name)
    }

    static func bytes(
        _ epoch: UInt64, _ ids: [String], service: String = "chat", vnodes: Int = 8, seed: UInt64 = 0
    ) throws -> [UInt8] {
        let nodes = try ids.map { RingDocument.Node(try record($0), state: .up) }
        guard let epoch = Epoch(epoch) else { throw Failure.epoch }
        return try RingDocument(
            service: try Self.service(service), epoch: epoch, vnodes: vnodes, seed: seed, nodes: nodes
        ).seal()
    }

    static func record(_ id: String) throws -> NodeRecord {
        try NodeRecord(id: id, incarnation: 1, address: "127.0.0.1:7100", url: "ws://127.0.0.1:7200/chat")
    }

    enum Failure: Error { case epoch }
}
