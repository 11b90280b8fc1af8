import ClusterModel

/// What a node says of itself when it takes a link.
public struct LinkWelcome: Sendable, Hashable {
    /// Its id.
    public let node: String
    /// Which run of it this is.
    public let incarnation: UInt64
    /// How many loops take links.
    public let loops: UInt16
    /// Its epoch, 0 if it has no ring.
    public let epoch: UInt64
    /// Towards a registry: that this is the process which registered.
    public let proof: LinkProof?

    /// A welcome of these parts.
    public init(node: String, incarnation: UInt64, loops: UInt16, epoch: UInt64, proof: LinkProof? = nil) {
        self.node = node
        self.incarnation = incarnation
        self.loops = loops
        self.epoch = epoch
        self.proof = proof
    }

    /// Whether the proof is that of the process which registered with `key`, for the link that `hello` opened.
    public func isProven(by key: ProofKey, of hello: LinkHello) -> Bool {
        proof
            == LinkProof(
                registeredWith: key, nonce: hello.nonce, node: node, incarnation: incarnation, service: hello.service)
    }
}

/// The answer to a hello.
public enum LinkHelloAnswer: LinkPayload, Sendable, Hashable {
    /// The link is open.
    case accepted(LinkWelcome)
    /// The link is not for me; it ends behind this frame.
    case refused(Refusal, message: String)

    /// The link is open.
    public static func accepted(
        node: String, incarnation: UInt64, loops: UInt16, epoch: UInt64, proof: LinkProof? = nil
    ) -> LinkHelloAnswer {
        .accepted(LinkWelcome(node: node, incarnation: incarnation, loops: loops, epoch: epoch, proof: proof))
    }

    /// Why a link is refused.
    public enum Refusal: UInt8, Sendable, Hashable, CaseIterable {
        /// Another version of the link protocol.
        case version = 1
        /// Another service.
        case service = 2
        /// Another node is meant.
        case node = 3
        /// No such loop.
        case loop = 4
        /// The sender could not prove who it is.
        case unauthorized = 5
        /// This process is going away.
        case shuttingDown = 6
    }

    /// `.helloAnswer`
    public static let kind = LinkKind.helloAnswer

    /// 1, then either a counted text + 18 + 1 or 33, or 1 + a counted text
    public var payloadCount: Int {
        switch self {
        case .accepted(let welcome): 22 + welcome.node.utf8.count + (welcome.proof == nil ? 0 : LinkProof.count)
        case .refused(_, let message): 4 + message.utf8.count
        }
    }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        switch self {
        case .accepted(let welcome):
            fields.number(UInt8(1))
            fields.text(welcome.node)
            fields.number(welcome.incarnation)
            fields.number(welcome.loops)
            fields.number(welcome.epoch)
            fields.number(UInt8(welcome.proof == nil ? 0 : 1))
            welcome.proof?.write(&fields)
        case .refused(let refusal, let message):
            fields.number(UInt8(0))
            fields.number(refusal.rawValue)
            fields.text(message)
        }
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        switch try fields.number(UInt8.self) {
        case 1: self = .accepted(try LinkWelcome(&fields))
        case 0:
            let refusal: Refusal = try fields.value()
            self = .refused(refusal, message: try fields.text())
        default: throw .unknownValue(.helloAnswer)
        }
    }
}

extension LinkWelcome {
    fileprivate init(_ fields: inout LinkFieldReader) throws(LinkError) {
        node = try fields.text()
        incarnation = try fields.number()
        loops = try fields.number()
        epoch = try fields.number()
        switch try fields.number(UInt8.self) {
        case 0: proof = nil
        case 1: proof = try LinkProof(&fields)
        default: throw .unknownValue(.helloAnswer)
        }
    }
}
