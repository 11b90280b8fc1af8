import HashRing

/// One version of a service's ring as every process holds it: document and ring, immutable, swapped in as a whole.
public final class RingSnapshot: Sendable {
    /// The fields as they were read.
    public let document: RingDocument
    /// The ring they describe.
    public let ring: Ring
    /// Epoch and digest, which decide whether another snapshot replaces this one.
    public let version: RingVersion
    /// The document's bytes, to be handed on unchanged.
    public let bytes: [UInt8]
    /// The digest of the ring's table; equal tables give every place the same owner.
    public let table: UInt64
    /// The nodes in the order of `ring.nodes`, by id; draining ones are among them.
    public let nodes: [RingDocument.Node]

    /// Reads and checks a document of `service`.
    public init(bytes: [UInt8], for service: ServiceName) throws(RingDocumentError) {
        let reading = try RingDocument.read(bytes, service: service)
        document = reading.document
        ring = reading.ring
        table = reading.table
        self.bytes = bytes
        version = RingVersion(epoch: reading.document.epoch, digest: reading.digest)
        nodes = document.nodes.sorted { $0.id < $1.id }
    }

    /// The service this is the ring of.
    public var service: ServiceName { document.service }
    /// The version of the ring.
    public var epoch: Epoch { version.epoch }
    /// The digest of the document's bytes.
    public var digest: UInt64 { version.digest }
    /// What happens to sessions when the ring changes.
    public var plan: RebalancePlan { document.plan ?? ServiceSettings.standard.plan }
    /// How a message finds its recipient.
    public var delivery: Delivery { document.delivery ?? ServiceSettings.standard.delivery }
    /// How long the closes of one ring change are spread over.
    public var closeOver: Duration { document.closeOver ?? ServiceSettings.standard.closeOver }
    /// How fast gateways carry sessions to their new owners where the plan is `rehome`.
    public var moves: MoveBudget { MoveBudget(stated: document.moveRate, inFlight: document.movesInFlight) }

    /// The owner of a user; `nil` only if no node owns anything.
    public func owner(of user: UserKey) -> RingDocument.Node? {
        owner(ofHash: ring.hash(of: user))
    }

    /// The owner of a place; `nil` only if no node owns anything.
    public func owner(ofHash hash: UInt64) -> RingDocument.Node? {
        ring.ownerIndex(ofHash: hash).map { nodes[$0] }
    }

    /// The node of this name, draining or not; `nil` if the ring does not know it. O(log nodes).
    public func node(_ id: NodeID) -> RingDocument.Node? {
        ring.nodeIndex(of: id).map { nodes[$0] }
    }
}
