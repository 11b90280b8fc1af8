/// The first frame on a link: who I am, which service I speak of, and whom I expect to have reached.
///
/// A process answers for one node and service only, so a link that reached the wrong one, by a stale address or a port
/// that was reused, ends here and not at a user's message.
public struct LinkHello: LinkPayload, Sendable, Hashable {
    /// The version that this build speaks.
    public static let currentVersion: UInt16 = 3
    /// `.hello`
    public static let kind = LinkKind.hello

    /// Who opens links.
    public enum Role: UInt8, Sendable, Hashable, CaseIterable {
        /// A gateway, for the legs of its clients.
        case gateway = 1
        /// Another node, to forward messages.
        case node = 2
        /// The registry, to see who really listens there.
        case registry = 3
    }

    /// The version of everything on this link.
    public let version: UInt16
    /// What the sender is.
    public let role: Role
    /// The ring that this link belongs to.
    public let service: String
    /// The sender's id.
    public let sender: String
    /// The node that the sender means to reach.
    public let target: String
    /// The loop of that node which shall own this link.
    public let targetLoop: UInt16
    /// The sender's epoch, 0 if it has no ring.
    public let epoch: UInt64
    /// The sender's part of what makes the proofs of this link unlike those of any other.
    public let nonce: LinkNonce
    /// Whether the sender has a link secret, and takes no node that does not prove to have it too.
    public let asksForProof: Bool

    /// A hello with these parts; no text longer than 1,000 bytes. The nonce is for one link.
    public init(
        version: UInt16 = currentVersion, role: Role, service: String, sender: String, target: String,
        targetLoop: UInt16, epoch: UInt64, nonce: LinkNonce = .random(), asksForProof: Bool = false
    ) {
        self.version = version
        self.role = role
        self.service = service
        self.sender = sender
        self.target = target
        self.targetLoop = targetLoop
        self.epoch = epoch
        self.nonce = nonce
        self.asksForProof = asksForProof
    }

    /// The same hello that asks for a proof, or does not.
    func asking(forProof asksForProof: Bool) -> LinkHello {
        LinkHello(
            version: version, role: role, service: service, sender: sender, target: target, targetLoop: targetLoop,
            epoch: epoch, nonce: nonce, asksForProof: asksForProof)
    }

    /// What stands in its frame behind the header: the bytes that both proofs are about.
    var payload: [UInt8] { Array(frame().dropFirst(LinkHeader.count)) }

    /// 2 + 1 + three counted texts + 2 + 8 + 32 + 1
    public var payloadCount: Int { 52 + service.utf8.count + sender.utf8.count + target.utf8.count }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        fields.number(version)
        fields.number(role.rawValue)
        fields.text(service)
        fields.text(sender)
        fields.text(target)
        fields.number(targetLoop)
        fields.number(epoch)
        nonce.write(&fields)
        fields.number(UInt8(asksForProof ? 1 : 0))
    }

    /// Reads the fields. Of another version only the number is read: what follows it may be anything.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        version = try fields.number()
        guard version == LinkHello.currentVersion else { throw .unknownVersion(version) }
        role = try fields.value()
        service = try fields.text()
        sender = try fields.text()
        target = try fields.text()
        targetLoop = try fields.number()
        epoch = try fields.number()
        nonce = try LinkNonce(&fields)
        switch try fields.number(UInt8.self) {
        case 0: asksForProof = false
        case 1: asksForProof = true
        default: throw .unknownValue(.hello)
        }
    }
}
