import ClusterModel

/// Who can call a node back; the real one is ``NodeProbe``.
protocol NodeCaller: Sendable {
    /// Finds out who listens at the node's address.
    func call(
        _ record: NodeRecord, key: ProofKey?, service: ServiceName, epoch: Epoch?, deadline: Duration
    ) async -> ProbeVerdict
}

extension NodeProbe: NodeCaller {}
