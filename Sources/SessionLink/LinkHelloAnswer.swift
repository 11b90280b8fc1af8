/// The answer to a hello.
public enum LinkHelloAnswer: LinkPayload, Sendable, Hashable {
    /// The link is open.
    case accepted(node: String, incarnation: UInt64, loops: UInt16, epoch: UInt64)
    /// The link is not for me; it ends behind this frame.
    case refused(Refusal, message: String)

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

    /// 1, then either a counted text + 18, or 1 + a counted text
    public var payloadCount: Int {
        switch self {
        case .accepted(let node, _, _, _): 21 + node.utf8.count
        case .refused(_, let message): 4 + message.utf8.count
        }
    }

    /// Writes the fields.
    public func write(_ fields: inout LinkFieldWriter) {
        switch self {
        case .accepted(let node, let incarnation, let loops, let epoch):
            fields.number(UInt8(1))
            fields.text(node)
            fields.number(incarnation)
            fields.number(loops)
            fields.number(epoch)
        case .refused(let refusal, let message):
            fields.number(UInt8(0))
            fields.number(refusal.rawValue)
            fields.text(message)
        }
    }

    /// Reads the fields.
    public init(_ fields: inout LinkFieldReader) throws(LinkError) {
        switch try fields.number(UInt8.self) {
        case 1:
            let node = try fields.text()
            let incarnation: UInt64 = try fields.number()
            let loops: UInt16 = try fields.number()
            self = .accepted(node: node, incarnation: incarnation, loops: loops, epoch: try fields.number())
        case 0:
            let refusal: Refusal = try fields.value()
            self = .refused(refusal, message: try fields.text())
        default: throw .unknownValue(.helloAnswer)
        }
    }
}
